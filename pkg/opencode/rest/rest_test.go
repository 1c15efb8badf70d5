package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type thing struct {
	Name string            `json:"name"`
	Any  json.RawMessage   `json:"any,omitempty"`
	List []other           `json:"list,omitempty"`
	Map  map[string]*other `json:"map,omitempty"`
}

type other struct {
	At time.Time `json:"at"`
}

type change struct {
	ID   string `path:"id"`
	Deep bool   `query:"deep"`
	Size int    `query:"size" doc:"At most 10"`
	Tag  string `header:"X-Tag"`
	Body thing
}

func served(t *testing.T) *API {
	t.Helper()
	a := New("things", "for a test", "1", func(w http.ResponseWriter, err error) {
		var in *InputError
		var large *http.MaxBytesError
		status := http.StatusTeapot
		switch {
		case errors.As(err, &in):
			status = http.StatusBadRequest
		case errors.As(err, &large):
			status = http.StatusRequestEntityTooLarge
		}
		Answer(w, status, err.Error())
	})
	Handle(a, "POST /thing/{id}", "Change a thing", func(_ context.Context, in *change) (*change, error) {
		if in.Body.Name == "panic" {
			panic("as asked")
		}
		return in, nil
	})
	Handle(a, "DELETE /thing/{id}", "Delete a thing", func(context.Context, *None) (None, error) { return None{}, nil })
	Handle(a, "GET /thing", "Fail", func(context.Context, *None) ([]thing, error) { return nil, errors.New("no") })
	a.Document("/doc")
	return a
}

func ask(a *API, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Tag", "t")
	w := httptest.NewRecorder()
	a.Recovering(slog.New(slog.DiscardHandler), errors.New("a defect")).ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Body)
	return w.Code, strings.TrimSpace(string(b))
}

func TestInputs(t *testing.T) {
	t.Parallel()
	a := served(t)
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/thing/a%2Fb?deep=true&size=7", `{"name":"x","more":1}`, 200, `{"ID":"a/b","Deep":true,"Size":7,"Tag":"t","Body":{"name":"x"}}`},
		{"POST", "/thing/a?deep=1", "", 200, `{"ID":"a","Deep":false,"Size":0,"Tag":"t","Body":{"name":""}}`},
		{"POST", "/thing/a?size=x", "", 400, `"size is no number"`},
		{"POST", "/thing/a?size=-1", "", 400, `"size is no number"`},
		{"POST", "/thing/a?size=99999999999999999999", "", 400, `"size is no number"`},
		{"POST", "/thing/a", `{"name":3}`, 400, `"the body has a number where string is expected (name)"`},
		{"POST", "/thing/a", `{"name":`, 400, `"the body is not valid JSON: unexpected end of JSON input"`},
		{"POST", "/thing/a", `"` + strings.Repeat("x", MaxBody) + `"`, 413, `"http: request body too large"`},
		{"POST", "/thing/a", `{"name":"panic"}`, 418, `"a defect"`},
		{"DELETE", "/thing/a", `{`, 204, ""},
		{"GET", "/thing", "", 418, `"no"`},
		{"PUT", "/thing", "", 405, "Method Not Allowed"},
	} {
		if status, got := ask(a, tc.method, tc.path, tc.body); status != tc.status || got != tc.want {
			t.Errorf("%s %s %.40s: %d %s", tc.method, tc.path, tc.body, status, got)
		}
	}
}

// The description says of each operation where its inputs are, and of types with a
// name once what they are.
func TestDocument(t *testing.T) {
	t.Parallel()
	_, b := ask(served(t), "GET", "/doc", "")
	var d struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Summary    string
			Parameters []struct{ Name, In string }
			Responses  map[string]any
		} `json:"paths"`
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(b), &d); err != nil {
		t.Fatal(err)
	}
	op := d.Paths["/thing/{id}"]["post"]
	var where []string
	for _, p := range op.Parameters {
		where = append(where, p.In+" "+p.Name)
	}
	if got := strings.Join(where, ", "); d.OpenAPI != "3.1.0" || op.Summary != "Change a thing" || got != "path id, query deep, query size, header X-Tag" {
		t.Errorf("OpenAPI %s of %q takes %s", d.OpenAPI, op.Summary, got)
	}
	for name, want := range map[string]string{
		"RestThing": `{"properties":{"any":true,"list":{"items":{"$ref":"#/components/schemas/RestOther"},"type":"array"},"map":{"additionalProperties":{"$ref":"#/components/schemas/RestOther"},"type":"object"},"name":{"type":"string"}},"required":["name"],"type":"object"}`,
		"RestOther": `{"properties":{"at":{"type":"string"}},"required":["at"],"type":"object"}`,
	} {
		if got, _ := json.Marshal(d.Components.Schemas[name]); string(got) != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	if d.Paths["/thing/{id}"]["delete"].Responses["204"] == nil {
		t.Errorf("the document is %s", b)
	}
}
