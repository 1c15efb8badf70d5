package embed

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// embeddingRequest is the body of POST /v1/embeddings. Fields that it does not
// know are ignored, as OpenAI's own server does with "user".
type embeddingRequest struct {
	Model      string          `json:"model"`
	Input      json.RawMessage `json:"input"`
	Format     string          `json:"encoding_format"`
	Dimensions *int            `json:"dimensions"`
	InputType  string          `json:"input_type"`

	inputs []Input
}

// query reports whether the texts are questions.
func (r *embeddingRequest) query() bool {
	return r.InputType == "query" || r.InputType == "search_query"
}

func badRequest(param, format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, kind: "invalid_request_error", param: param, message: fmt.Sprintf(format, args...)}
}

func readRequest(body io.Reader) (*embeddingRequest, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	var r embeddingRequest
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, badRequest("", "the body is not the JSON of an embeddings request: %v", err)
	}
	if r.Format != "" && r.Format != "float" && r.Format != "base64" {
		return nil, badRequest("encoding_format", "encoding_format is %q, it may be float or base64", r.Format)
	}
	switch r.InputType {
	// The words of Cohere and Voyage mean the same.
	case "", "query", "passage", "document", "search_query", "search_document":
	default:
		return nil, badRequest("input_type", "input_type is %q, it may be query or passage", r.InputType)
	}
	if r.inputs, err = parseInput(r.Input); err != nil {
		return nil, badRequest("input", "%v", err)
	}
	if len(r.inputs) == 0 || len(r.inputs) > maxInputs {
		return nil, badRequest("input", "input has %d texts, it may have 1 to %d", len(r.inputs), maxInputs)
	}
	return &r, nil
}

// parseInput reads the four shapes of "input": a string, strings, the tokens of
// one text, and the tokens of several.
func parseInput(raw json.RawMessage) ([]Input, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, errors.New("input is missing")
	}
	if raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
		return []Input{{Text: s}}, nil
	}
	shape := errors.New("input must be a string, an array of strings, an array of token ids, or an array of those")
	if raw[0] != '[' {
		return nil, shape
	}
	switch first := bytes.TrimSpace(raw[1:]); {
	case len(first) > 0 && first[0] == '[':
		var ids [][]int
		if err := json.Unmarshal(raw, &ids); err != nil {
			return nil, shape
		}
		out := make([]Input, len(ids))
		for i, x := range ids {
			if len(x) == 0 {
				return nil, fmt.Errorf("text %d has no tokens", i)
			}
			out[i].IDs = x
		}
		return out, nil
	case len(first) > 0 && (first[0] >= '0' && first[0] <= '9' || first[0] == '-'):
		var ids []int
		if err := json.Unmarshal(raw, &ids); err != nil {
			return nil, shape
		}
		return []Input{{IDs: ids}}, nil
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, shape
	}
	out := make([]Input, len(texts))
	for i, s := range texts {
		out[i].Text = s
	}
	return out, nil
}

// fits checks the request against the embedding space.
func (r *embeddingRequest) fits(i Info) error {
	if r.Model != "" && !sameModel(r.Model, i.Model) {
		return unknownModel(r.Model, i.Model)
	}
	if r.Dimensions != nil && (*r.Dimensions < 1 || *r.Dimensions > i.Dimensions) {
		return badRequest("dimensions", "dimensions is %d, the model %s has %d", *r.Dimensions, i.Model, i.Dimensions)
	}
	return nil
}

// sameModel allows the hub's prefix ("sentence-transformers/NAME").
func sameModel(asked, have string) bool {
	return asked == have || strings.HasSuffix(asked, "/"+have)
}

func unknownModel(asked, have string) error {
	return &apiError{status: http.StatusNotFound, kind: "invalid_request_error", param: "model", code: "model_not_found",
		message: fmt.Sprintf("The model %q does not exist here; this server embeds with %q", asked, have)}
}

// shorten keeps the first n dimensions and scales to length 1 again, as
// OpenAI's "dimensions" does.
func shorten(v []float32, n int) []float32 {
	v = v[:n:n]
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if s == 0 {
		return v
	}
	inv := float32(1 / math.Sqrt(s))
	out := make([]float32, n)
	for i, x := range v {
		out[i] = x * inv
	}
	return out
}

// writeEmbeddings writes the answer by hand, since encoding/json takes longer
// for a batch of vectors than the model does for a query.
func writeEmbeddings(w http.ResponseWriter, req *embeddingRequest, info Info, r Result) {
	tokens, cut := 0, 0
	for i, n := range r.Tokens {
		tokens += n
		if r.Cut != nil && r.Cut[i] {
			cut++
		}
	}
	name, _ := json.Marshal(info.Model)
	b := make([]byte, 0, len(r.Vectors)*(info.Dimensions*12+64)+256)
	b = append(b, `{"object":"list","data":[`...)
	for i, v := range r.Vectors {
		if req.Dimensions != nil && *req.Dimensions < len(v) {
			v = shorten(v, *req.Dimensions)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"object":"embedding","index":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `,"embedding":`...)
		b = appendVector(b, v, req.Format == "base64")
		b = append(b, '}')
	}
	b = append(b, `],"model":`...)
	b = append(b, name...)
	b = fmt.Appendf(b, `,"usage":{"prompt_tokens":%d,"total_tokens":%d},"truncated":%d}`+"\n", tokens, tokens, cut)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b)
}

func appendVector(b []byte, v []float32, base64Format bool) []byte {
	if base64Format {
		raw := make([]byte, 0, 4*len(v))
		for _, x := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, raw)
		return append(b, '"')
	}
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return append(b, ']')
}
