# mirror.bash
#	Where Debian's packages come from: the mirror that this machine's apt uses.

debian_mirror()
{
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		grep -E '/debian/?$' | sort -u | head -n 1
}

# debian_source SUITE: its line for apt.
debian_source()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	echo "deb [signed-by=$keyring] $(debian_mirror) $1 main"
}
