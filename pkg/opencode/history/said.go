package history

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
)

// MaxText bounds the text of a prompt in bytes, far above what a person types
// and below what would fill a model alone.
const MaxText = 256 << 10

// Said puts the parts of a prompt together: text, files of text whose content
// comes with them, and images and PDFs as they are. An error is *api.Error.
func Said(parts []api.Part) (text string, files []llm.File, err error) {
	var out []string
	for i, part := range parts {
		switch part.Type {
		case api.PartText:
			if !part.Ignored && strings.TrimSpace(part.Text) != "" {
				out = append(out, part.Text)
			}
		case api.PartFile:
			f, err := dataURL(part)
			if err != nil {
				return "", nil, api.BadRequest("parts.%d: %s", i, err)
			}
			if f.Image() || f.PDF() {
				files = append(files, f)
				out = append(out, fmt.Sprintf("(File %s is attached.)", f.Name))
				continue
			}
			out = append(out, fmt.Sprintf("File %s:\n%s", f.Name, f.Data))
		case api.PartAgent:
			out = append(out, "(Use the agent "+gate.Line(part.Name, 64)+" for this.)")
		case api.PartSubtask:
			out = append(out, fmt.Sprintf("Delegate to the agent %s: %s", gate.Line(part.Agent, 64), part.Prompt))
		default:
			return "", nil, api.BadRequest("parts.%d: there is no part of type %q in a prompt", i, gate.Line(part.Type, 40))
		}
	}
	text = strings.TrimSpace(strings.ToValidUTF8(strings.Join(out, "\n\n"), "\uFFFD"))
	switch {
	case text == "":
		return "", nil, api.BadRequest("the prompt is empty: give a part {\"type\":\"text\",\"text\":…}")
	case len(text) > MaxText:
		return "", nil, api.BadRequest("the prompt has %d bytes, more than %d", len(text), MaxText)
	}
	return text, files, nil
}

// dataURL reads what the data URL of a file holds (RFC 2397); opencoded fetches
// nothing for a prompt.
func dataURL(part api.Part) (llm.File, error) {
	f := llm.File{Name: gate.Line(part.Filename, 200)}
	rest, ok := strings.CutPrefix(part.URL, "data:")
	if !ok {
		return f, errors.New("only files whose content comes along as a data: URL can be used")
	}
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return f, errors.New("the data: URL has no content")
	}
	mime, encoding, _ := strings.Cut(head, ";")
	f.Type = strings.ToLower(strings.TrimSpace(mime))
	if f.Type != "" && !strings.HasPrefix(f.Type, "text/") && f.Type != "application/json" && !f.Image() && !f.PDF() {
		return f, errors.New("only files of text, PNG, JPEG, GIF and WebP images and PDFs can be used")
	}
	if encoding == "base64" || strings.HasSuffix(encoding, ";base64") {
		var err error
		if f.Data, err = base64.StdEncoding.DecodeString(body); err != nil {
			return f, errors.New("the data: URL is not valid base64")
		}
		return f, nil
	}
	text, err := url.PathUnescape(body)
	if err != nil {
		return f, errors.New("the data: URL is not escaped as one")
	}
	f.Data = []byte(text)
	return f, nil
}
