package api

import "strings"

// plainFailures are the failures of a turn that OpenCode knows, with what each
// says of itself.
var plainFailures = map[string]string{NameAborted: " message ", NameUnknown: " message ", NameContextOverflow: " message ", NameProviderAuth: " message providerID ",
	NameAPI: " message statusCode isRetryable metadata "}

// failureName is the key of the metadata of a failure that holds its own name.
const failureName = "name"

// Wire returns a failure of a turn as OpenCode's schema has it: one that says more
// than its kind may is an APIError, with the rest in its metadata.
func (e *NamedError) Wire() *NamedError {
	if e == nil {
		return nil
	}
	known, fits := plainFailures[e.Name]
	for key := range e.Data {
		fits = fits && strings.Contains(known, " "+key+" ")
	}
	if fits {
		return e
	}
	out := &NamedError{Name: NameAPI, Data: map[string]any{"message": e.Message(), "isRetryable": false}}
	meta := map[string]string{}
	if e.Name != NameAPI {
		meta[failureName] = e.Name
	}
	for key, v := range e.Data {
		switch s, text := v.(string); {
		case strings.Contains(plainFailures[NameAPI], " "+key+" "):
			out.Data[key] = v
		case text:
			meta[key] = s
		}
	}
	out.Data["metadata"] = meta
	return out
}

// restore undoes Wire.
func (e *NamedError) restore() {
	if e == nil || e.Name != NameAPI {
		return
	}
	meta, _ := e.Data["metadata"].(map[string]any)
	for key, v := range meta {
		switch name, _ := v.(string); key {
		case failureName:
			e.Name = name
		default:
			e.Data[key] = v
		}
	}
	delete(e.Data, "metadata")
}
