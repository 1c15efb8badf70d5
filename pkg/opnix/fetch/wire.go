package fetch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"panther/pkg/opnix/vault"
)

// question is what the answering process reads: one line of JSON. The token is
// in it, and so it is never printed.
type question struct {
	Type     string `json:"type"`
	URL      string `json:"url,omitempty"`
	CA       []byte `json:"ca,omitempty"`
	Token    []byte `json:"token"`
	Requests []asked
}

type asked struct {
	Reference string `json:"reference"`
	File      bool   `json:"file,omitempty"`
}

// header is the first line of the reply. The bytes of its values follow, one
// behind the other.
type header struct {
	Values   []valueSize     `json:"values,omitempty"`
	Failures []vault.Failure `json:"failures,omitempty"`
	Requests int             `json:"requests"`
	Error    *refusal        `json:"error,omitempty"`
}

type valueSize struct {
	Key  string `json:"key"`
	Size int    `json:"size"`
}

type refusal struct {
	Kind    vault.Kind `json:"kind"`
	Message string     `json:"message"`
	Wait    int        `json:"wait_seconds,omitempty"` // what a limit asks for
}

// maxHeader bounds the first line of a reply: some hundred bytes for each of a
// hundred thousand references. maxReply bounds all values together.
const (
	maxHeader = 32 << 20
	maxReply  = 4 * vault.MaxValue
)

func (b Backend) question(reqs []vault.Request) ([]byte, error) {
	q := question{Type: b.Type, URL: b.URL, CA: b.CA, Token: b.Token.Bytes()}
	for _, r := range reqs {
		q.Requests = append(q.Requests, asked{Reference: r.Ref.String(), File: r.File})
	}
	out, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	return append(out, '\n'), nil
}

// errNoReply means that the other process ended without a word.
var errNoReply = vault.Errorf(vault.Unavailable, "the process that asks 1Password gave no answer")

// readReply reads a reply. Of what it cannot read it says nothing, since there
// may be a value in it.
func readReply(r *bufio.Reader) (vault.Answer, error) {
	line, err := readLine(r)
	if err != nil || len(line) == 0 {
		return vault.Answer{}, errNoReply
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return vault.Answer{}, errNoReply
	}
	ans := vault.Answer{Failures: h.Failures, Requests: h.Requests}
	if e := h.Error; e != nil {
		return ans, &vault.Error{Kind: e.Kind, RetryAfter: time.Duration(e.Wait) * time.Second, Err: errors.New(vault.FirstLine(e.Message))}
	}
	ans.Values = make(map[string]vault.Value, len(h.Values))
	total := 0
	for _, v := range h.Values {
		if v.Size < 0 || v.Size > vault.MaxValue || total+v.Size > maxReply {
			return vault.Answer{Requests: h.Requests}, vault.Errorf(vault.Unavailable, "the answer is too large")
		}
		total += v.Size
		b, err := readExactly(r, v.Size)
		if err != nil {
			return vault.Answer{Requests: h.Requests}, vault.Errorf(vault.Unavailable, "the answer ends in the middle")
		}
		ans.Values[v.Key] = vault.NewValue(b)
	}
	return ans, nil
}

// readExactly reads n bytes. It makes room as they come: who only announces
// them costs nothing.
func readExactly(r io.Reader, n int) ([]byte, error) {
	const step = 1 << 20
	b := make([]byte, 0, min(n, step))
	for len(b) < n {
		at := len(b)
		more := min(n-at, max(step, at))
		b = append(b, make([]byte, more)...)
		if _, err := io.ReadFull(r, b[at:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxHeader:
			return nil, errors.New("the line is too long")
		}
	}
}

func writeReply(w io.Writer, reqs []vault.Request, ans vault.Answer, err error) error {
	h := header{Failures: ans.Failures, Requests: ans.Requests}
	var values []vault.Value
	if err != nil {
		h.Error = &refusal{Kind: vault.KindOf(err), Message: vault.FirstLine(err.Error())}
		var ve *vault.Error
		if errors.As(err, &ve) {
			h.Error.Wait = int((ve.RetryAfter + time.Second - 1) / time.Second)
		}
		reqs = nil
	}
	for _, q := range reqs {
		if v, ok := ans.Values[q.Key()]; ok {
			h.Values = append(h.Values, valueSize{Key: q.Key(), Size: v.Len()})
			values = append(values, v)
		}
	}
	line, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode reply: %w", err)
	}
	bw := bufio.NewWriterSize(w, 1<<16)
	_, _ = bw.Write(append(line, '\n')) // Flush returns the first error
	for _, v := range values {
		_, _ = bw.Write(v.Bytes())
	}
	return bw.Flush()
}
