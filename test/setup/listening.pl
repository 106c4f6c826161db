# listening.pl PID...
#	Fails if one of the processes, or one started by it, accepts TCP
#	connections from other machines.  Read from /proc, so it needs no tool.
use strict;
use warnings;

# Children of the given processes, theirs, and so on.
my %parent;
foreach my $stat (glob '/proc/[0-9]*/stat')
{
	open(my $fh, '<', $stat) or next;
	my ($pid, $ppid) = (<$fh> // '') =~ /^(\d+) \(.*\) \S (\d+)/s or next;
	$parent{$pid} = $ppid;
}
my %ours = map { $_ => 1 } @ARGV;
my $grown = 1;
while ($grown)
{
	$grown = 0;
	foreach my $pid (keys %parent)
	{
		next if $ours{$pid} || !$ours{ $parent{$pid} };
		$grown = $ours{$pid} = 1;
	}
}

my %inode;
foreach my $pid (keys %ours)
{
	foreach my $fd (glob "/proc/$pid/fd/*")
	{
		my $target = readlink($fd) // '';
		$inode{$1} = $pid if $target =~ /^socket:\[(\d+)\]$/;
	}
}

my $seen = 0;
my $open = 0;
foreach my $table ('/proc/net/tcp', '/proc/net/tcp6')
{
	open(my $fh, '<', $table) or next;
	while (<$fh>)
	{
		my (undef, $local, undef, $state, @rest) = split;
		next unless $state eq '0A' && $inode{ $rest[5] };
		$seen++;

		# 127.0.0.1 and ::1, in host order
		next if $local =~ /^(0100007F|0{24}01000000):/;
		print "process $inode{$rest[5]} listens on $local\n";
		$open++;
	}
}
print "$seen listening sockets\n";
exit($open ? 1 : 0);
