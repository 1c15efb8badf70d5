// Command serve serves a folder over HTTP on this machine, for the demo and the
// tests: a web source needs a web server, and a fresh machine has none. It is
// ready when it prints the address on standard output.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen at")
	flag.Parse()
	if flag.NArg() != 1 {
		return sd.UsageError("usage: serve [-addr ADDRESS] FOLDER")
	}
	if _, err := os.Stat(flag.Arg(0)); err != nil {
		return fmt.Errorf("serve folder: %w", err)
	}
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Printf("http://%s/\n", ln.Addr())
	return sd.ServeHTTP(ctx, http.FileServer(http.Dir(flag.Arg(0))), ln)
}
