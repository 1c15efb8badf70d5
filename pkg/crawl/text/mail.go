package text

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"

	"panther/pkg/knowledge"

	_ "github.com/emersion/go-message/charset" // bodies in other encodings
	"github.com/emersion/go-message/mail"
)

const (
	maxMessages = 5000 // of one mailbox
	maxBodies   = 200  // of one message
)

// fromMail reads one message, or the messages of a mailbox (mbox), each below a
// heading that says what it is about, who wrote it and when.
func fromMail(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	if !strings.EqualFold(path.Ext(f.Name), ".mbox") {
		m, err := readMessage(f, body)
		if err != nil {
			return nil, err
		}
		d := &knowledge.Document{Title: m.subject, Markdown: m.markdown(), PublishedAt: m.date}
		if m.from != "" {
			d.Meta = map[string]string{"author": m.from}
		}
		return d, nil
	}
	var b strings.Builder
	n, bad := 0, 0
	for _, raw := range splitMailbox(body) {
		m, err := readMessage(f, raw)
		if err != nil {
			bad++
			continue
		}
		b.WriteString(m.markdown())
		n++
	}
	if n == 0 && bad > 0 {
		return nil, errors.New("read mailbox: it has no message")
	}
	return &knowledge.Document{Markdown: b.String()}, nil
}

// splitMailbox returns the messages of an mbox file (RFC 4155): each begins with
// a line "From ", and lines of a message that do are quoted with ">".
func splitMailbox(body []byte) [][]byte {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	var out [][]byte
	for _, part := range bytes.Split(append([]byte("\n"), body...), []byte("\nFrom ")) {
		_, message, ok := bytes.Cut(part, []byte("\n")) // behind the envelope's line
		if !ok || len(bytes.TrimSpace(message)) == 0 {
			continue
		}
		if len(out) == maxMessages {
			break
		}
		out = append(out, bytes.ReplaceAll(message, []byte("\n>From "), []byte("\nFrom ")))
	}
	return out
}

type message struct {
	subject, from string
	date          time.Time
	text          string
	files         []string
}

// transferEncoding is the line of a header that says how a body is written.
var transferEncoding = regexp.MustCompile(`(?mi)^Content-Transfer-Encoding:[ \t]*([^\r\n]*)`)

// wellFormed mends what mail programs get wrong: the line of a mailbox before a
// message, and names of encodings. One that nobody knows is none.
func wellFormed(raw []byte) []byte {
	if rest, ok := bytes.CutPrefix(raw, []byte("From ")); ok {
		_, raw, _ = bytes.Cut(rest, []byte("\n"))
	}
	return transferEncoding.ReplaceAllFunc(raw, func(line []byte) []byte {
		name, _, _ := strings.Cut(strings.ToLower(string(transferEncoding.FindSubmatch(line)[1])), ";")
		switch name = strings.Trim(name, " \t\"'"); name {
		case "7bit", "8bit", "binary", "quoted-printable", "base64":
		case "quoted printable":
			name = "quoted-printable"
		default:
			name = "8bit"
		}
		return []byte("Content-Transfer-Encoding: " + name)
	})
}

// readMessage reads the text of a message, the plain one where it has two.
func readMessage(f File, raw []byte) (message, error) {
	raw = wellFormed(raw)
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if r == nil {
		return message{}, fmt.Errorf("read message: %w", err)
	}
	defer r.Close()
	var m message
	m.subject, _ = r.Header.Subject()
	m.date, _ = r.Header.Date()
	if list, err := r.Header.AddressList("From"); err == nil && len(list) > 0 {
		if m.from = list[0].Name; m.from == "" {
			m.from, _, _ = strings.Cut(list[0].Address, "@") // a name to read, no address to write to
		}
	}
	if m.subject == "" && m.from == "" {
		return message{}, errors.New("read message: it has no subject and no sender")
	}
	var html string
	for range maxBodies {
		p, err := r.NextPart()
		if p == nil {
			if err != nil && !errors.Is(err, io.EOF) && m.text == "" && html == "" { // its parts are none: it is text
				_, rest, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
				m.text = strings.ToValidUTF8(string(rest), "\ufffd")
			}
			break
		}
		switch h := p.Header.(type) {
		case *mail.AttachmentHeader:
			if name, err := h.Filename(); err == nil && name != "" {
				m.files = append(m.files, name)
			}
		case *mail.InlineHeader:
			b, err := io.ReadAll(io.LimitReader(p.Body, f.MaxBytes))
			if err != nil {
				continue
			}
			switch kind, _, _ := h.ContentType(); {
			case kind == "text/html":
				html += string(b)
			case strings.HasPrefix(kind, "text/") || kind == "":
				m.text += strings.TrimSpace(strings.ToValidUTF8(string(b), "\ufffd")) + "\n"
			}
		}
	}
	if strings.TrimSpace(m.text) == "" && html != "" {
		d, err := extract(File{URI: f.URI, MaxBytes: f.MaxBytes}, []byte(html))
		if err != nil {
			return message{}, err
		}
		m.text = d.Markdown
	}
	m.text = strings.ReplaceAll(m.text, "\r\n", "\n")
	return m, nil
}

func (m message) markdown() string {
	var b strings.Builder
	title := m.subject
	if title == "" {
		title = "(no subject)"
	}
	fmt.Fprintf(&b, "# %s\n\n", strings.Join(strings.Fields(title), " "))
	var by []string
	if m.from != "" {
		by = append(by, m.from)
	}
	if !m.date.IsZero() {
		by = append(by, m.date.UTC().Format("2006-01-02 15:04"))
	}
	if len(by) > 0 {
		fmt.Fprintf(&b, "%s\n\n", strings.Join(by, ", "))
	}
	b.WriteString(strings.TrimSpace(m.text) + "\n\n")
	if len(m.files) > 0 {
		fmt.Fprintf(&b, "Attached: %s\n\n", strings.Join(m.files, ", "))
	}
	return b.String()
}
