// The small answer as a CGI program of Node without anything: the floor of one that answers.
process.stdout.write('Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!');
