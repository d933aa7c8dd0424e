#!/bin/sh
# The program that mod_fcgid and lighttpd start, /srv/app/app.fcgi (chmod +x): an application with its socket on descriptor 0.
cd /srv/app || exit 3
exec /usr/bin/node node_modules/tsgi/bin/tsgi.js serve app.js --script-name /
