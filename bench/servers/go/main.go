// The same answers as app.js by Go's own libraries: bench http PORT | bench fcgi SOCKET | bench cgi
package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"os"
	"strconv"
	"strings"
)

var chunk = []byte(strings.Repeat("x", 65536))

func send(w http.ResponseWriter, left int) {
	for ; left > 0; left -= len(chunk) {
		if left < len(chunk) {
			w.Write(chunk[:left])
		} else {
			w.Write(chunk)
		}
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	kind := ""
	if len(parts) > 1 {
		kind = parts[1]
	}
	switch kind {
	case "bytes", "chunked":
		length, _ := strconv.Atoi(parts[2])
		w.Header().Set("Content-Type", "application/octet-stream")
		if kind == "bytes" {
			w.Header().Set("Content-Length", parts[2])
		}
		send(w, length)
	case "file":
		http.ServeFile(w, r, os.Getenv("BENCH_FILE"))
	case "json":
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"hello":"world","method":"` + r.Method + `","path":"/json"}`))
	case "count":
		length, _ := io.Copy(io.Discard, r.Body)
		w.Write([]byte(strconv.FormatInt(length, 10)))
	default:
		if r.Method == "POST" {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.Write(body)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("Hello, world!"))
	}
}

func main() {
	handler := http.HandlerFunc(answer)
	switch os.Args[1] {
	case "http":
		panic(http.ListenAndServe("127.0.0.1:"+os.Args[2], handler))
	case "fcgi":
		listener, err := net.Listen("unix", os.Args[2])
		if err != nil {
			panic(err)
		}
		panic(fcgi.Serve(listener, handler))
	default:
		if err := cgi.Serve(handler); err != nil {
			panic(err)
		}
	}
}
