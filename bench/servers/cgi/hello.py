# The small answer as a CGI program by Python's own library.
from wsgiref.handlers import CGIHandler


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '13')])
    return [b'Hello, world!']


CGIHandler().run(application)
