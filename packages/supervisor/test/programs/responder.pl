# A FastCGI responder in Perl alone, as plain as a program of somebody else's: it blocks in accept on descriptor 0, and has one
# request at a time. What it does is in PATH_INFO. Each request that it begins with is a line in the file RUNS.
use strict;
use warnings;
use Socket;

open(my $listener, '+<&=', 0) or die "descriptor 0: $!";
$| = 1;

sub bytes {
    my ($socket, $length) = @_;
    my $buffer = '';
    while (length $buffer < $length) {
        my $got = sysread($socket, $buffer, $length - length $buffer, length $buffer);
        next if !defined $got && $!{EINTR};
        return undef unless $got;
    }
    return $buffer;
}

sub record {
    my ($type, $id, $content) = @_;
    return pack('CCnnCC', 1, $type, $id, length $content, 0, 0) . $content;
}

sub size {
    my ($text) = @_;
    my $first = unpack('C', $$text);
    return unpack('C', substr($$text, 0, 1, '')) if $first < 128;
    return unpack('N', substr($$text, 0, 4, '')) & 0x7fffffff;
}

sub note {
    my ($what) = @_;
    return unless $ENV{RUNS};
    open(my $runs, '>>', $ENV{RUNS}) or die;
    syswrite($runs, "$what\n");
}

if (($ENV{START} // '') eq 'exit') { print STDERR "no database\n"; exit 4 }
if (($ENV{START} // '') eq 'sleep') { sleep 1000 }
if (($ENV{START} // '') eq 'say') { print "hello on standard output\n"; print STDERR "hello on standard error\n" }
if ($ENV{SLOW_START}) { select(undef, undef, undef, $ENV{SLOW_START}) }

for (;;) {
    my $peer = accept(my $socket, $listener);
    if (!$peer) { next if $!{EINTR}; die "accept: $!" }
    my ($params, $stdin, $id) = ('', '', 1);
    my $whole = 0;
    while (!$whole) {
        my $head = bytes($socket, 8) // last;
        my ($version, $type, $request, $length, $padding) = unpack('CCnnC', $head);
        my $content = $length ? bytes($socket, $length) : '';
        bytes($socket, $padding) if $padding;
        if ($type == 9) { syswrite($socket, record(10, 0, "\x0f\x01FCGI_MPXS_CONNS0")) }
        elsif ($type == 1) { $id = $request }
        elsif ($type == 4) { $params .= $content }
        elsif ($type == 5 && $length) { $stdin .= $content }
        elsif ($type == 5) { $whole = 1 }
    }
    if (!$whole) { close $socket; next }
    my %env;
    while (length $params) {
        my ($name, $value) = (size(\$params), size(\$params));
        my $key = substr($params, 0, $name, '');
        $env{$key} = substr($params, 0, $value, '');
    }
    my $path = $env{PATH_INFO} // '';
    note("$env{REQUEST_METHOD} $path $env{QUERY_STRING}");
    kill('KILL', $$) if $path eq '/kill';
    exit 0 if $path eq '/exit';
    exit 7 if $path eq '/fail';
    if ($path eq '/close') { close $socket; next }
    if ($path eq '/loop') { $SIG{TERM} = 'IGNORE'; 1 while 1 }
    if ($path eq '/fork') { if (fork) { close $socket; select(undef, undef, undef, 0.1); kill('KILL', $$) } select(undef, undef, undef, 0.5) }
    if ($path eq '/sleep') { select(undef, undef, undef, $env{QUERY_STRING} / 1000) }
    print STDERR "noted\n" if $path eq '/noted';
    my $answer = "Content-Type: text/plain\r\n\r\n$$ $env{REQUEST_METHOD} " . length($stdin);
    if ($path eq '/half') { syswrite($socket, record(6, $id, "Content-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf")); kill('KILL', $$) }
    syswrite($socket, record(6, $id, $answer) . record(6, $id, '') . record(3, $id, "\0" x 8));
    close $socket;
    exit 0 if $ENV{MOST} && !--$ENV{MOST};
}
