package panther

import (
	"strings"

	"panther/pkg/opencode/api"
)

// turn is what has happened since a prompt, as the events tell it.
type turn struct {
	session string

	roles    map[string]string // role by message
	texts    []*api.Part       // text parts of the assistant, in order
	cites    []api.Citation    // what the answer could cite
	tools    []*api.Part       // its tool calls, in order
	children []*child          // sub-agents, in order of their start
	message  *api.Message      // the assistant's latest
	cost     float64           // of its messages that have ended
	tokens   api.Tokens        // the same
	counted  map[string]bool   // messages that cost and tokens include
	failure  *api.NamedError

	pending map[string][]*api.Part // parts whose message is not known yet
}

// child is the session of a sub-agent.
type child struct {
	id    string
	title string
	agent string
	doing string // its latest tool call
	done  bool
}

func newTurn(session string) *turn {
	return &turn{session: session, roles: map[string]string{}, counted: map[string]bool{}, pending: map[string][]*api.Part{}}
}

// apply takes an event in.
func (t *turn) apply(e api.Event, p api.Properties) {
	switch e.Type {
	case api.EventSessionCreated, api.EventSessionUpdated:
		if p.Session != nil && p.Session.ParentID != "" && p.Session.ID != t.session {
			c := t.child(p.Session.ID)
			c.agent = p.Session.Agent
			c.title = strings.TrimSuffix(p.Session.Title, " (@"+c.agent+" subagent)") // as OpenCode names them
		}
	case api.EventSessionIdle:
		if p.SessionID != t.session {
			t.child(p.SessionID).done = true
		}
	case api.EventSessionError:
		if p.SessionID == t.session && p.Error != nil {
			t.failure = p.Error
		}
	case api.EventMessageUpdated:
		t.applyMessage(p.Message)
	case api.EventPartUpdated:
		t.applyPart(p.Part)
	case api.EventPartDelta:
		for _, x := range t.texts {
			if x.ID == p.PartID && p.Field == "text" {
				x.Text += p.Delta
			}
		}
	}
}

func (t *turn) child(id string) *child {
	for _, c := range t.children {
		if c.id == id {
			return c
		}
	}
	c := &child{id: id}
	t.children = append(t.children, c)
	return c
}

func (t *turn) applyMessage(m *api.Message) {
	if m == nil {
		return
	}
	if m.SessionID == t.session {
		t.roles[m.ID] = m.Role
		if m.Role == api.RoleAssistant {
			t.message = m
			if m.Error != nil {
				t.failure = m.Error
			}
		}
	}
	// Sub-agents' messages count too: the turn has caused them.
	if m.Role == api.RoleAssistant && m.Time.Completed > 0 && !t.counted[m.ID] {
		t.counted[m.ID] = true
		t.cost += m.Cost
		if m.Tokens != nil {
			t.tokens.Add(*m.Tokens)
		}
	}
	early := t.pending[m.ID]
	delete(t.pending, m.ID)
	for _, p := range early {
		t.applyPart(p)
	}
}

func (t *turn) applyPart(p *api.Part) {
	if p == nil {
		return
	}
	if p.SessionID != t.session {
		if p.Type == api.PartTool {
			t.child(p.SessionID).doing = toolLine(p)
		}
		return
	}
	role, known := t.roles[p.MessageID]
	if !known {
		t.pending[p.MessageID] = append(t.pending[p.MessageID], p)
		return
	}
	if role != api.RoleAssistant {
		return
	}
	if c := p.Sources(); len(c) > 0 {
		t.cites = c
	}
	switch {
	case p.Type == api.PartText && !p.Synthetic:
		t.texts = put(t.texts, p)
	case p.Type == api.PartTool && p.Tool != api.ToolTask: // the call that started it shows it
		t.tools = put(t.tools, p)
	}
}

func put(list []*api.Part, p *api.Part) []*api.Part {
	for i, old := range list {
		if old.ID == p.ID {
			list[i] = p
			return list
		}
	}
	return append(list, p)
}

// text returns the answer so far.
func (t *turn) text() string {
	var parts []string
	for _, p := range t.texts {
		if s := strings.TrimSpace(p.Text); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n\n")
}

// unanswered reports whether passages were to be quoted, and there were none.
func (t *turn) unanswered() bool {
	list, _ := t.sources()
	return t.model() == api.Extractive.String() && len(list) == 0
}

// sources returns the passages that the answer cites, or, where it cites none,
// those that it was given.
func (t *turn) sources() (list []api.Citation, cited bool) {
	for _, c := range t.cites {
		if c.Cited {
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		return list, true
	}
	return t.cites, false
}

// model returns the model that answered.
func (t *turn) model() string {
	if t.message == nil || t.message.ModelID == "" {
		return ""
	}
	return api.ModelRef{ProviderID: t.message.ProviderID, ModelID: t.message.ModelID}.String()
}

// activity returns what the assistant does now, for the line of a spinner.
func (t *turn) activity() string {
	for i := len(t.tools) - 1; i >= 0; i-- {
		if s := t.tools[i].State; s != nil && (s.Status == api.ToolRunning || s.Status == api.ToolPending) {
			return toolLine(t.tools[i])
		}
	}
	if len(t.texts) == 0 {
		return "searching your sources"
	}
	return "writing"
}
