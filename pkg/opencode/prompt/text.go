package prompt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
)

// MaxText bounds the text of a prompt in bytes, far above what a person types
// and below what would fill a model alone.
const MaxText = 256 << 10

// text puts the parts of a prompt together: text, and files whose content comes
// with them.
func text(p api.Prompt) (string, error) {
	var out []string
	for i, part := range p.Parts {
		switch part.Type {
		case api.PartText:
			if !part.Ignored && strings.TrimSpace(part.Text) != "" {
				out = append(out, part.Text)
			}
		case api.PartFile:
			content, err := dataURL(part.URL)
			if err != nil {
				return "", api.BadRequest("parts.%d: %s", i, err)
			}
			out = append(out, fmt.Sprintf("File %s:\n%s", gate.Line(part.Filename, 200), content))
		case api.PartAgent:
			out = append(out, "(Use the agent "+gate.Line(part.Name, 64)+" for this.)")
		case api.PartSubtask:
			out = append(out, fmt.Sprintf("Delegate to the agent %s: %s", gate.Line(part.Agent, 64), part.Prompt))
		default:
			return "", api.BadRequest("parts.%d: there is no part of type %q in a prompt", i, gate.Line(part.Type, 40))
		}
	}
	all := strings.TrimSpace(strings.ToValidUTF8(strings.Join(out, "\n\n"), "\uFFFD"))
	switch {
	case all == "":
		return "", api.BadRequest("the prompt is empty: give a part {\"type\":\"text\",\"text\":…}")
	case len(all) > MaxText:
		return "", api.BadRequest("the prompt has %d bytes, more than %d", len(all), MaxText)
	}
	return all, nil
}

// dataURL reads the text that a data URL holds; opencoded fetches nothing for a
// prompt.
func dataURL(s string) (string, error) {
	rest, ok := strings.CutPrefix(s, "data:")
	if !ok {
		return "", errors.New("only files whose content comes along as a data: URL can be used")
	}
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return "", errors.New("the data: URL has no content")
	}
	if !strings.HasPrefix(head, "text/") && !strings.HasPrefix(head, "application/json") && head != "" && head != ";base64" {
		return "", errors.New("only text files can be used")
	}
	if strings.HasSuffix(head, ";base64") {
		b, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return "", errors.New("the data: URL is not valid base64")
		}
		return string(b), nil
	}
	content, err := url.PathUnescape(body)
	if err != nil {
		return "", errors.New("the data: URL is not escaped as one")
	}
	return content, nil
}
