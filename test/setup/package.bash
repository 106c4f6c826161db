# package.bash
#	What others get: the release's archive and Debian's package.

release()
{
	sed -n 's/^#define DDB_VERSION "\(.*\)"$/\1/p' "$top/src/base/version.h"
}

# The owner of the tree may be another user than ours.
tree_git()
{
	git -C "$top" -c safe.directory="$top" "$@"
}

# make_dist DIR: the last commit, as an archive there.
make_dist()
{
	local name

	tree_git rev-parse --git-dir >/dev/null 2>&1 ||
		die "$top is no git repository to take the files from"
	name=dynamodb_fdw-$(release)
	tree_git archive --format=tar.gz --prefix="$name/" \
		-o "$1/$name.tar.gz" HEAD
	echo "$1/$name.tar.gz"
}

files_of()
{
	(cd "$1" && find . -type f ! -name '*.bc' | sort)
}

# Installs what the tree installs.
dist_is_complete()
{
	local dir=$work/dist archive

	mkdir "$dir" &&
		archive=$(make_dist "$dir") &&
		tar -C "$dir" -xzf "$archive" &&
		give_to_server "$dir" &&
		extension_make "${archive%.tar.gz}" DESTDIR="$dir/stage" install &&
		diff <(files_of "$stage") <(files_of "$dir/stage")
}

check_dist()
{
	say "The release's archive and Debian's package"
	if tree_git rev-parse --git-dir >/dev/null 2>&1; then
		expect "dist: builds and installs all files" "$log/dist" \
			dist_is_complete
	else
		skip "dist: this is no git repository"
	fi
}

# For all versions of PostgreSQL that this Debian has.  The package's own
# tests are part of it; nothing of our servers' environment reaches them.
package_builds()
{
	local dir=$work/package

	as_server mkdir "$dir" &&
		cp -R "$tree" "$dir/dynamodb-fdw" &&
		give_to_server "$dir" &&
		as_server env -i -C "$dir/dynamodb-fdw" HOME="$dir" PATH="$PATH" \
			PG_UPDATECONTROL=yes dpkg-buildpackage --build=binary --no-sign
}

package_is_complete()
{
	local dir=$work/package version deb depends

	version=$(postgresql_version)
	deb=$(echo "$dir/postgresql-$version-dynamodb-fdw_"*.deb)
	dpkg-deb -x "$deb" "$dir/content" &&
		diff <(files_of "$stage") \
			<(files_of "$dir/content" | grep -v '^./usr/share/doc/') &&
		depends=$(dpkg-deb -f "$deb" Depends) || return
	echo "$depends"
	[[ $depends =~ postgresql-$version && $depends =~ libcurl &&
		$depends =~ libjson-c && $depends =~ libssl ]]
}

check_package()
{
	local reason

	if reason=$(lack_of_packages package); then
		skip "Debian's package: $reason"
		return
	fi
	expect "Debian's package: builds and passes its tests" "$log/package" \
		package_builds
	expect "Debian's package: holds all files" "$log/package-files" \
		package_is_complete
}
