package system

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/units"
)

type journal struct {
	Unit  string `query:"unit" doc:"A unit of the suite"`
	Lines int    `query:"lines" doc:"At most 1000; default 100"`
}

// journalTime bounds the reading of a journal.
const journalTime = 10 * time.Second

// journal reads the last lines of a unit by journalctl, with the rights of this
// process: where they are too few, the answer says what to run.
func (s *Server) journal(ctx context.Context, in *journal) (*api.Journal, error) {
	if !s.Operator(identity.Of(ctx)) {
		return nil, api.Refuse(http.StatusForbidden, api.NameForbidden, "only root and accounts in the group that may ask read journals")
	}
	if !ours(in.Unit) {
		return nil, api.NotFound("unit", in.Unit)
	}
	out := &api.Journal{Unit: in.Unit, Lines: []api.JournalLine{}}
	if s.Local {
		out.Note, out.Hint = "panther local writes its log to the terminal in which it runs", "start it with: panther local"
		return out, nil
	}
	lines := in.Lines
	if lines == 0 {
		lines = 100
	}
	command := []string{"-u", in.Unit, "-n", strconv.Itoa(min(lines, 1000)), "--no-pager"}
	out.Hint = "journalctl " + strings.Join(command, " ")
	ctx, cancel := context.WithTimeout(ctx, journalTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "journalctl", append(command, "--output=json", "--output-fields=MESSAGE,PRIORITY")...)
	cmd.Env = environment()
	b, err := output(cmd)
	for line := range bytes.Lines(b) {
		if l, ok := journalLine(line); ok {
			out.Lines = append(out.Lines, l)
		}
	}
	switch {
	case len(out.Lines) > 0:
		out.Hint = ""
	case err != nil:
		out.Note = "the runtime may not read the journal, or there is none: " + gate.Line(err.Error(), 300)
		out.Hint += "; or let the runtime: systemctl edit opencode.service, [Service] SupplementaryGroups=systemd-journal"
	default:
		out.Note = "the runtime sees no line of this unit: there is none, or it may not read them"
	}
	return out, nil
}

// ours reports whether a unit is one of the suite.
func ours(unit string) bool {
	if slices.Contains(units.Names, unit) {
		return true
	}
	return len(unit) < 256 && !strings.HasPrefix(unit, "-") && slices.ContainsFunc(units.Patterns, func(p string) bool {
		ok, err := path.Match(p, unit)
		return ok && err == nil && !strings.ContainsAny(unit, "*?[]/ ")
	})
}

// journalLine reads an entry as journalctl writes it: fields are texts, or lists
// of bytes where they are not printable.
func journalLine(line []byte) (api.JournalLine, bool) {
	var e struct {
		At       string          `json:"__REALTIME_TIMESTAMP"`
		Priority string          `json:"PRIORITY"`
		Message  json.RawMessage `json:"MESSAGE"`
	}
	if json.Unmarshal(line, &e) != nil {
		return api.JournalLine{}, false
	}
	var text string
	var raw []byte
	var bytes []int
	switch {
	case json.Unmarshal(e.Message, &text) == nil:
	case json.Unmarshal(e.Message, &bytes) == nil:
		for _, b := range bytes {
			raw = append(raw, byte(b)) //nolint:gosec // journalctl writes bytes
		}
		text = string(raw)
	}
	us, err := strconv.ParseInt(e.At, 10, 64)
	if err != nil || text == "" {
		return api.JournalLine{}, false
	}
	priority, err := strconv.Atoi(e.Priority)
	if err != nil {
		priority = 6
	}
	return api.JournalLine{Time: time.UnixMicro(us).UTC(), Priority: priority, Text: clean(text)}, true
}

// clean keeps the lines of a message, and nothing that is not seen.
func clean(s string) string {
	if len(s) > 4096 {
		s = s[:4096] + "…"
	}
	return gate.Visible(gate.Clean(strings.ToValidUTF8(strings.ReplaceAll(s, "\t", "  "), "?")))
}
