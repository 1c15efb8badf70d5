package text

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"panther/pkg/knowledge"
)

// Slides and sheets of Office Open XML (ECMA-376), which pandoc does not read.
// An archive says how large its members are and may lie: each is read up to its
// share of what a file may have.
const (
	maxMembers  = 5000
	maxUnpacked = 64 << 20 // bytes in all
	maxDepth    = 200      // of elements in each other
)

// archive is an opened file of that kind.
type archive struct {
	files map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

func openArchive(body []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if len(z.File) > maxMembers {
		return nil, fmt.Errorf("archive has more than %d files", maxMembers)
	}
	a := &archive{files: map[string]*zip.File{}, left: maxUnpacked}
	for _, f := range z.File {
		a.files[f.Name] = f
	}
	return a, nil
}

// numbered returns the members whose name matches, by the number in it.
func (a *archive) numbered(pattern *regexp.Regexp) []string {
	var names []string
	number := func(s string) int { n, _ := strconv.Atoi(pattern.FindStringSubmatch(s)[1]); return n }
	for name := range a.files {
		if pattern.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(number(x), number(y)) })
	return names
}

// walk calls start, text and end for the elements of a member, by their local
// names. A member that is not there has none.
func (a *archive) walk(name string, start func(name string, attr map[string]string), text func(string), end func(name string)) error {
	f := a.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer r.Close()
	in := &io.LimitedReader{R: r, N: a.left}
	defer func() { a.left = in.N }()
	dec := xml.NewDecoder(in)
	for depth := 0; ; {
		t, err := dec.Token()
		switch {
		case in.N <= 0:
			return errors.New("archive unpacks to more than may be read")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("read %s: elements are nested too deep", name)
			}
			attr := make(map[string]string, len(t.Attr))
			for _, x := range t.Attr {
				attr[x.Name.Local] = x.Value
			}
			start(t.Name.Local, attr)
		case xml.EndElement:
			depth--
			end(t.Name.Local)
		case xml.CharData:
			text(string(t))
		}
	}
}

var (
	slideName = regexp.MustCompile(`^ppt/slides/slide(\d+)\.xml$`)
	sheetName = regexp.MustCompile(`^xl/worksheets/sheet(\d+)\.xml$`)
)

// fromSlides writes a section for each slide: its title, its text and what its
// speaker notes.
func fromSlides(_ context.Context, _ File, body []byte) (*knowledge.Document, error) {
	a, err := openArchive(body)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	first := ""
	for i, name := range a.numbered(slideName) {
		title, text, err := a.slide(name)
		if err != nil {
			return nil, err
		}
		if title == "" {
			title = fmt.Sprintf("Slide %d", i+1)
		} else if first == "" {
			first = title
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n", title, text)
		// The notes of a slide have its number in what PowerPoint and LibreOffice write.
		if _, notes, err := a.slide("ppt/notesSlides/notesSlide" + slideName.FindStringSubmatch(name)[1] + ".xml"); err == nil && notes != "" {
			fmt.Fprintf(&b, "Notes:\n\n%s\n", notes)
		}
	}
	return &knowledge.Document{Title: first, Markdown: b.String()}, nil
}

// slide reads the paragraphs of a slide; that of a title placeholder is its
// title.
func (a *archive) slide(name string) (title, text string, err error) {
	var b, p strings.Builder
	isTitle, inText, number := false, false, false
	var cells []string
	inCell := false
	flush := func() {
		s := strings.Join(strings.Fields(p.String()), " ")
		p.Reset()
		switch {
		case s == "" || number:
		case inCell:
			cells = append(cells, s)
		case isTitle && title == "":
			title = s
		default:
			b.WriteString("- " + s + "\n")
		}
	}
	err = a.walk(name, func(name string, attr map[string]string) {
		switch name {
		case "sp":
			isTitle, number = false, false
		case "ph":
			isTitle = attr["type"] == "title" || attr["type"] == "ctrTitle"
			number = attr["type"] == "sldNum" || attr["type"] == "dt" || attr["type"] == "ftr"
		case "t":
			inText = true
		case "br":
			p.WriteByte(' ')
		case "tc":
			inCell = true
		}
	}, func(s string) {
		if inText {
			p.WriteString(s)
		}
	}, func(name string) {
		switch name {
		case "t":
			inText = false
		case "p":
			flush()
		case "tc":
			inCell = false
		case "tr":
			if len(cells) > 0 {
				b.WriteString("- " + strings.Join(cells, " | ") + "\n")
			}
			cells = nil
		}
	})
	return title, b.String(), err
}

// fromSheets writes a table for each sheet of a workbook, its first row being
// the head.
func fromSheets(_ context.Context, _ File, body []byte) (*knowledge.Document, error) {
	a, err := openArchive(body)
	if err != nil {
		return nil, err
	}
	shared, err := a.sharedStrings()
	if err != nil {
		return nil, err
	}
	var titles []string
	if err := a.walk("xl/workbook.xml", func(name string, attr map[string]string) {
		if name == "sheet" {
			titles = append(titles, attr["name"])
		}
	}, func(string) {}, func(string) {}); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for i, name := range a.numbered(sheetName) {
		title := strings.TrimSuffix(path.Base(name), ".xml")
		if i < len(titles) {
			title = titles[i]
		}
		fmt.Fprintf(&b, "## %s\n\n", strings.Join(strings.Fields(title), " "))
		t := newRows(&b)
		if err := a.sheet(name, shared, t.add); err != nil {
			return nil, err
		}
		t.close()
	}
	return &knowledge.Document{Markdown: b.String()}, nil
}

func (a *archive) sharedStrings() ([]string, error) {
	var out []string
	var b strings.Builder
	inText, phonetic := false, false
	err := a.walk("xl/sharedStrings.xml", func(name string, _ map[string]string) {
		inText = name == "t"
		phonetic = phonetic || name == "rPh"
	}, func(s string) {
		if inText && !phonetic {
			b.WriteString(s)
		}
	}, func(name string) {
		inText = false
		switch name {
		case "rPh":
			phonetic = false
		case "si":
			out = append(out, b.String())
			b.Reset()
		}
	})
	return out, err
}

// sheet calls row for the rows of a sheet.
func (a *archive) sheet(name string, shared []string, row func([]string)) error {
	var cells []string
	var v strings.Builder
	kind, at, inValue := "", 0, false
	return a.walk(name, func(name string, attr map[string]string) {
		switch name {
		case "row":
			cells = nil
		case "c":
			kind, at = attr["t"], len(cells)
			if n := column(attr["r"]); n >= at && n < maxColumns {
				at = n
			}
			v.Reset()
		case "v", "t":
			inValue = true
		}
	}, func(s string) {
		if inValue {
			v.WriteString(s)
		}
	}, func(name string) {
		switch name {
		case "v", "t":
			inValue = false
		case "c":
			if at >= maxColumns {
				return
			}
			for len(cells) <= at {
				cells = append(cells, "")
			}
			cells[at] = v.String()
			switch i, err := strconv.Atoi(cells[at]); {
			case kind == "s" && err == nil && i >= 0 && i < len(shared):
				cells[at] = shared[i]
			case kind == "b":
				cells[at] = map[string]string{"0": "FALSE", "1": "TRUE"}[cells[at]]
			}
		case "row":
			row(cells)
		}
	})
}

// column returns the number of the column of a reference such as AB12, from 0;
// -1 if it has none.
func column(ref string) int {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' || n > 1<<16 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
