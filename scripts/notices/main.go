// Command notices prints the licences and notices of everything that is linked into the programs whose packages it is
// given, as their authors ask of who passes the programs on: each text once, below the modules it is from, in an order that
// does not change. It reads what the go command built from, the module cache or a vendor folder, and no network. A module
// without such a text is an error: what may not be passed on is not.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Stdout, ".", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// legal matches the names of the files that hold a licence or a notice.
var legal = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|copyright|notice|patents)([._-].*)?$`)

func run(w io.Writer, dir string, patterns []string) error {
	if len(patterns) == 0 {
		return errors.New("no packages are named; go run ./scripts/notices ./cmd/...")
	}
	folders, err := linked(dir, patterns)
	if err != nil {
		return err
	}
	owners := make(map[string][]string) // text to the modules that have it
	for module, in := range folders {
		texts, err := textsIn(in)
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			return fmt.Errorf("module %s has no licence in %s", module, strings.Join(in, ", "))
		}
		for _, t := range texts {
			owners[t] = append(owners[t], module)
		}
	}
	type notice struct{ modules, text string }
	var all []notice
	for text, modules := range owners {
		slices.Sort(modules)
		all = append(all, notice{strings.Join(modules, "\n"), text})
	}
	slices.SortFunc(all, func(a, b notice) int { return strings.Compare(a.modules+a.text, b.modules+b.text) })
	var out bytes.Buffer
	out.WriteString("Panther contains software of others. Below each list of modules is the licence or notice that they come with.\n")
	rule := strings.Repeat("=", 80)
	for _, n := range all {
		fmt.Fprintf(&out, "\n%s\n%s\n%s\n\n%s\n", rule, n.modules, rule, n.text)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// linked returns the folders that hold what is linked from each module: those of its packages and above, up to its root.
// The standard library is a module of the same kind.
func linked(dir string, patterns []string) (map[string][]string, error) {
	c := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Dir,Module,Standard"}, patterns...)...)
	c.Dir, c.Stderr = dir, os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	env := exec.Command("go", "env", "GOROOT", "GOVERSION")
	env.Dir = dir
	answer, err := env.Output()
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(string(answer)), "\n")
	folders := map[string][]string{"Go " + version: {goroot}}
	if _, err := os.Stat(filepath.Join(goroot, "LICENSE")); err != nil { // a distribution that keeps it elsewhere
		folders["Go "+version] = []string{goroot, filepath.Dir(goroot), filepath.Join(goroot, "../doc/go")}
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir string
			Standard        bool
			Module          *struct {
				Path, Version string
				Main          bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, fmt.Errorf("list packages: %w", err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		name := p.Module.Path + " " + p.Module.Version
		for rest := strings.TrimPrefix(p.ImportPath, p.Module.Path); ; rest = rest[:strings.LastIndexByte(rest, '/')] {
			folder := strings.TrimSuffix(p.Dir, strings.TrimPrefix(p.ImportPath, p.Module.Path)) + rest
			if !slices.Contains(folders[name], folder) {
				folders[name] = append(folders[name], folder)
			}
			if rest == "" {
				break
			}
		}
	}
}

// textsIn returns the different texts in the folders.
func textsIn(folders []string) ([]string, error) {
	var texts []string
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() || !legal.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			b, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				return nil, err
			}
			text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
			if text != "" && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts, nil
}
