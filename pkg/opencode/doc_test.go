package opencode

import (
	"encoding/json"
	"testing"
)

// GET /doc describes what is served, with the types of package api by their names.
func TestDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	b, err := w.get("/doc")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths      map[string]map[string]struct{ OperationID, Summary string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/session/{id}/message", "/event", "/permission/{id}/reply", "/v1/chat/completions", "/panther/status", "/session/{id}/share", "/api/session/{id}/prompt"} {
		if len(d.Paths[path]) == 0 {
			t.Errorf("%s is not described", path)
		}
	}
	for _, name := range []string{"Session", "MessageWithParts", "Prompt", "Agent", "Providers"} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("%s has no schema", name)
		}
	}
	ids := map[string]string{}
	for path, ops := range d.Paths {
		for method, op := range ops {
			if other := ids[op.OperationID]; other != "" || op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s %s has the id %q, as %s, and the summary %q", method, path, op.OperationID, other, op.Summary)
			}
			ids[op.OperationID] = method + " " + path
		}
	}
}
