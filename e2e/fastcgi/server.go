// A FastCGI program in Go, as net/http/fcgi has it, on descriptor 0. /note/ID adds the id to the file NOTES; /sleep waits.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/fcgi"
	"os"
	"strings"
	"time"
)

func main() {
	err := fcgi.Serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if id := strings.TrimPrefix(r.URL.Path, "/note/"); id != r.URL.Path {
			notes, err := os.OpenFile(os.Getenv("NOTES"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o666)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(notes, "%s %s\n", r.Method, id)
			notes.Close()
		}
		if r.URL.Path == "/sleep" {
			time.Sleep(200 * time.Millisecond)
		}
		fmt.Fprintf(w, "%d %s %d", os.Getpid(), r.Method, len(body))
	}))
	if err != nil {
		panic(err)
	}
}
