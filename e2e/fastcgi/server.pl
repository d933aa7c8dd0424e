# A FastCGI program in Perl with the FCGI module (libfcgi). /note/ID adds the id to the file NOTES; /sleep waits.
use strict;
use warnings;
use FCGI;

# FCGI puts the variables of each request in the place of the process's.
my $file = $ENV{NOTES};
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
    my $body = '';
    my $length = $ENV{CONTENT_LENGTH} || 0;
    read(STDIN, $body, $length - length $body, length $body) || last while length $body < $length;
    if ($ENV{PATH_INFO} =~ m{^/note/(\w+)$}) {
        open(my $notes, '>>', $file) or die "notes: $!";
        syswrite($notes, "$ENV{REQUEST_METHOD} $1\n");
        close $notes;
    }
    select(undef, undef, undef, 0.2) if $ENV{PATH_INFO} eq '/sleep';
    print "Content-Type: text/plain\r\n\r\n$$ $ENV{REQUEST_METHOD} ", length $body;
}
