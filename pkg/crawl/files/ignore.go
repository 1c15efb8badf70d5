package files

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// ignores are what the .gitignore files of a work tree name, as gitignore(5)
// says; the last rule that matches counts. nil ignores nothing.
type ignores struct {
	under string // path of the folder within the work tree
	rules []rule
}

type rule struct {
	glob         string // of paths within the work tree
	keep, folder bool   // it names what is kept; folders only
}

// What is read of .gitignore files.
const (
	maxIgnore = 1 << 20
	maxRules  = 5000
)

// ignores reads what is ignored above the folder, and in it. It returns nil where
// the folder is no work tree, or its source wants no code.
func (f *Folder) ignores() *ignores {
	if !f.src.Code {
		return nil
	}
	for top, under := f.dir, ""; ; {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			return f.above(top, under)
		}
		parent := filepath.Dir(top)
		if parent == top {
			return nil
		}
		top, under = parent, path.Join(filepath.Base(top), under)
	}
}

// above reads the .gitignore files between the top of a work tree and the folder.
func (f *Folder) above(top, under string) *ignores {
	g := &ignores{under: under}
	at := ""
	for name := range strings.SplitSeq(under, "/") {
		if under == "" {
			break
		}
		if dir, err := os.OpenRoot(filepath.Join(top, at)); err == nil {
			g.read(dir, ".", at)
			_ = dir.Close()
		}
		at = path.Join(at, name)
	}
	return g
}

// enter reads the .gitignore of a folder.
func (g *ignores) enter(root *os.Root, name string) {
	if g != nil {
		g.read(root, name, path.Join(g.under, name))
	}
}

func (g *ignores) read(root *os.Root, dir, base string) {
	name := path.Join(dir, ".gitignore")
	if info, err := root.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return
	}
	file, err := root.Open(name)
	if err != nil {
		return
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxIgnore))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(b)) {
		if r, ok := ruleOf(strings.TrimRight(line, "\r\n"), base); ok && len(g.rules) < maxRules {
			g.rules = append(g.rules, r)
		}
	}
}

var braces = strings.NewReplacer("{", `\{`, "}", `\}`)

// ruleOf reads a line of a .gitignore in a folder.
func ruleOf(line, base string) (r rule, ok bool) {
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	if line == "" || line[0] == '#' {
		return r, false
	}
	line, r.keep = strings.CutPrefix(line, "!")
	line, r.folder = strings.CutSuffix(line, "/")
	if !strings.Contains(line, "/") {
		line = "**/" + line
	}
	line = strings.TrimPrefix(line, "/")
	if base != "." && base != "" {
		line = escaped.Replace(base) + "/" + line
	}
	r.glob = braces.Replace(line)
	return r, line != "" && doublestar.ValidatePattern(r.glob)
}

var escaped = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

// match reports whether a path within the folder is ignored.
func (g *ignores) match(name string, folder bool) bool {
	if g == nil || name == "." {
		return false
	}
	name = path.Join(g.under, name)
	for i := len(g.rules) - 1; i >= 0; i-- {
		r := g.rules[i]
		if r.folder && !folder || strings.HasSuffix(r.glob, "/**") && r.glob[:len(r.glob)-3] == name { // what is in it, not itself
			continue
		}
		if ok, _ := doublestar.Match(r.glob, name); ok {
			return !r.keep
		}
	}
	return false
}
