// Command operations calls every operation that a release of OpenCode describes
// at /doc, against a runtime of ours, and checks what comes back:
//
//	operations -url http://127.0.0.1:8080 -doc doc.json -table operations.md [-update]
//
// It fails where an operation is not known here, where an answer does not have the
// shape that the document gives it, where a refusal gives no reason, and where the
// table that it makes of all that differs from the one in the file. The events of a
// turn are held to the document too. The runtime is that of test/runtime/serve.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	url := flag.String("url", "", "address of the runtime")
	docFile := flag.String("doc", "", "OpenCode's document")
	tableFile := flag.String("table", "", "what each operation gives")
	update := flag.Bool("update", false, "write the table")
	flag.Parse()
	b, err := os.ReadFile(*docFile)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	d, err := newDocument(b)
	if err != nil {
		return err
	}
	c := &caller{url: *url, doc: d}
	wrong, err := c.begin(ctx)
	if err != nil {
		return err
	}
	var table strings.Builder
	table.WriteString("| operation | request | answer |\n|---|---|---|\n")
	for _, o := range d.operations {
		answer, err := c.call(ctx, o)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s (%s %s): %w", o.id, o.method, o.path, err))
		}
		fmt.Fprintf(&table, "| %s | %s %s | %s |\n", o.id, o.method, o.path, answer)
	}
	if *update {
		if err := os.WriteFile(*tableFile, []byte(table.String()), 0o644); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	known, err := os.ReadFile(*tableFile)
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	wrong = append(wrong, differences(string(known), table.String())...)
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	fmt.Printf("ok %d operations of OpenCode's document, and %d events of a turn\n", len(d.operations), c.events)
	return nil
}

// differences names the lines that only one of two tables has.
func differences(known, now string) []error {
	lines := func(s string) map[string]bool {
		out := map[string]bool{}
		for l := range strings.Lines(s) {
			out[l] = true
		}
		return out
	}
	var out []error
	for l := range strings.Lines(now) {
		if !lines(known)[l] {
			out = append(out, fmt.Errorf("not in the table: %s", strings.TrimSpace(l)))
		}
	}
	for l := range strings.Lines(known) {
		if !lines(now)[l] {
			out = append(out, fmt.Errorf("no longer true in the table: %s", strings.TrimSpace(l)))
		}
	}
	return out
}
