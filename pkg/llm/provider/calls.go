package provider

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"strings"

	"panther/pkg/llm"
)

// maxCalls bounds the calls of one answer: more than any agent has use for.
const maxCalls = 64

// piece is a part of a call as a server streams it. Each of its fields may be
// missing, repeated or wrong.
type piece struct {
	Index    *int            `json:"-"`
	RawIndex json.RawMessage `json:"index"`
	ID       string          `json:"id"`
	Extra    json.RawMessage `json:"extra_content"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// building is a call that is put together.
type building struct {
	id, name, args string
	last           string // piece of args
	grew           bool   // each piece of args began with the one before
	slot           *int
	extra          json.RawMessage
}

func (b *building) complete() bool { return len(objects(b.args)) > 0 }

// calls puts calls together. No field is trusted alone: servers count from one,
// count all calls as zero or count nothing; give no ids, one for all or a new one
// with each piece.
type calls struct {
	list  []*building
	known map[string]bool // names of tools
}

// add takes a piece; at is its place in the list in which it came.
func (c *calls) add(p piece, at int) {
	if len(p.RawIndex) > 0 {
		var n int
		if json.Unmarshal(bytes.Trim(p.RawIndex, `"`), &n) == nil && string(p.RawIndex) != "null" {
			p.Index = &n
		}
	}
	args := argumentText(p.Function.Arguments)
	b := c.find(p, at, args)
	if b == nil {
		if len(c.list) == maxCalls {
			return
		}
		b = &building{id: p.ID, name: p.Function.Name, slot: p.Index, grew: true}
		c.list = append(c.list, b)
	} else {
		if b.id == "" {
			b.id = p.ID
		}
		b.rename(p.Function.Name)
	}
	if len(p.Extra) > 0 {
		b.extra = p.Extra
	}
	if args != "" {
		b.grew = b.grew && strings.HasPrefix(args, b.last)
		b.args, b.last = b.args+args, args
	}
}

// rename takes a name that is whole in each piece, that grows, or that comes in
// pieces.
func (b *building) rename(name string) {
	switch {
	case name == "" || name == b.name:
	case strings.HasPrefix(name, b.name):
		b.name = name
	case b.args == "":
		b.name += name
	}
}

// find returns the call that a piece goes on with, nil if it begins one.
func (c *calls) find(p piece, at int, args string) *building {
	var last *building
	if n := len(c.list); n > 0 {
		last = c.list[n-1]
	}
	b := last
	switch {
	case last == nil:
		return nil
	case p.Index != nil:
		if s := c.inSlot(*p.Index); s != nil {
			b = s
		} else if p.ID == "" || p.ID != last.id || last.complete() || last.args == "" && args == "" {
			if p.ID == "" && p.Function.Name == "" && !last.complete() {
				return last // counts the pieces
			}
			return nil
		}
	case p.ID != "":
		if s := c.withID(p.ID); s != nil {
			b = s
		}
	case at > 0 && p.Function.Name != "":
		return nil
	}
	name := p.Function.Name
	switch {
	case p.ID != "" && b.id != "" && p.ID != b.id:
		if s := c.withID(p.ID); s != nil && name == "" {
			return s
		}
		if name == "" && !b.complete() {
			return b // a new id with each piece
		}
		return nil
	case p.ID == "" && name != "" && (b.complete() || c.known[name] && c.known[b.name] && name != b.name):
		return nil
	}
	return b
}

func (c *calls) inSlot(n int) *building {
	for i := len(c.list) - 1; i >= 0; i-- {
		if s := c.list[i].slot; s != nil && *s == n {
			return c.list[i]
		}
	}
	return nil
}

func (c *calls) withID(id string) *building {
	for i := len(c.list) - 1; i >= 0; i-- {
		if c.list[i].id == id {
			return c.list[i]
		}
	}
	return nil
}

// finish returns the calls, with ids that no other call of the conversation has.
func (c *calls) finish(req *llm.Request) []llm.Call {
	taken := map[string]bool{"": true}
	for _, m := range req.Messages {
		for _, k := range m.Calls {
			taken[k.ID] = true
		}
	}
	var out []llm.Call
	for _, b := range c.list {
		// gpt-oss lets marks of its own into the name.
		name, _, _ := strings.Cut(strings.TrimSpace(b.name), "<|")
		if name == "" && strings.TrimSpace(b.args) == "" {
			continue
		}
		for _, args := range b.arguments() {
			k := llm.Call{ID: b.id, Name: name, Arguments: args, Extra: b.extra}
			if args == nil {
				k.Arguments, k.Invalid = json.RawMessage("{}"), strings.ToValidUTF8(b.args, "\uFFFD")
			}
			if taken[k.ID] {
				k.ID = rand.Text()[:9] // letters and digits, nine: the only form that Mistral takes
			}
			taken[k.ID] = true
			out = append(out, k)
		}
	}
	return out[:min(len(out), maxCalls)]
}

// arguments returns the arguments of each call that was written into one, nil for
// what is no object.
func (b *building) arguments() []json.RawMessage {
	if strings.TrimSpace(b.args) == "" || strings.TrimSpace(b.args) == "null" {
		return []json.RawMessage{json.RawMessage("{}")}
	}
	list := objects(b.args)
	if list == nil && b.grew {
		list = objects(b.last)
	}
	if list == nil {
		return []json.RawMessage{nil}
	}
	out := list[:0:0]
	for i, v := range list {
		if len(list) > 1 && string(v) == "{}" && i < len(list)-1 || i > 0 && bytes.Equal(v, list[i-1]) {
			continue // an empty beginning, or the whole once more at the end
		}
		out = append(out, v)
	}
	return out
}

// objects reads JSON objects that stand one behind the other, or text that holds
// some; nil if it is anything else.
func objects(s string) []json.RawMessage {
	var out []json.RawMessage
	d := json.NewDecoder(strings.NewReader(s))
	for {
		var v json.RawMessage
		err := d.Decode(&v)
		if err == io.EOF {
			return out
		}
		if err != nil {
			return nil
		}
		var inner string
		switch {
		case v[0] == '{':
			out = append(out, v)
		case json.Unmarshal(v, &inner) == nil && strings.HasPrefix(strings.TrimSpace(inner), "{"):
			out = append(out, objects(inner)...)
		default:
			return nil
		}
	}
}

// argumentText returns arguments that are text, as they should be, or an object.
func argumentText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
