package opencode

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// accepted is a prompt that is stored and whose answer is under way.
type accepted struct {
	done   chan struct{}
	answer *api.MessageWithParts // valid when done is closed
	err    error
}

// maxPrompt bounds the text of a prompt, far above what a person types and
// below what would fill a model alone.
const maxPrompt = 256 << 10

// promptText puts the parts of a prompt together: text, and files whose content
// comes with them.
func promptText(p api.Prompt) (string, error) {
	var out []string
	for i, part := range p.Parts {
		switch part.Type {
		case api.PartText:
			if !part.Ignored && strings.TrimSpace(part.Text) != "" {
				out = append(out, part.Text)
			}
		case api.PartFile:
			text, err := dataURL(part.URL)
			if err != nil {
				return "", api.BadRequest("parts.%d: %s", i, err)
			}
			out = append(out, fmt.Sprintf("File %s:\n%s", gate.Line(part.Filename, 200), text))
		case api.PartAgent:
			out = append(out, "(Use the agent "+gate.Line(part.Name, 64)+" for this.)")
		case api.PartSubtask:
			out = append(out, fmt.Sprintf("Delegate to the agent %s: %s", gate.Line(part.Agent, 64), part.Prompt))
		default:
			return "", api.BadRequest("parts.%d: there is no part of type %q in a prompt", i, gate.Line(part.Type, 40))
		}
	}
	text := strings.TrimSpace(strings.ToValidUTF8(strings.Join(out, "\n\n"), "\uFFFD"))
	switch {
	case text == "":
		return "", api.BadRequest("the prompt is empty: give a part {\"type\":\"text\",\"text\":…}")
	case len(text) > maxPrompt:
		return "", api.BadRequest("the prompt has %d bytes, more than %d", len(text), maxPrompt)
	}
	return text, nil
}

// prompt stores a prompt and has it answered. It returns when the prompt is
// stored; the answer comes later.
func (r *server) prompt(ctx context.Context, session string, p api.Prompt) (*accepted, error) {
	text, err := promptText(p)
	if err != nil {
		return nil, err
	}
	if p.MessageID != "" && (!strings.HasPrefix(p.MessageID, "msg") || len(p.MessageID) > 64) {
		return nil, api.BadRequest("messageID %q does not begin with msg", gate.Line(p.MessageID, 80))
	}
	s, err := r.session(ctx, session)
	if err != nil {
		return nil, err
	}
	if s.Owner == "" {
		if s, err = r.edit(ctx, session, func(*api.Session) {}); err != nil {
			return nil, err
		}
	}
	t, err := r.newTurn(s, p, text)
	if err != nil {
		return nil, err
	}
	if err := r.unseen(ctx, p.MessageID); err != nil {
		return nil, err
	}
	if err := r.dropReverted(ctx, s); err != nil {
		return nil, err
	}
	user := api.Message{ID: p.MessageID, SessionID: session, Role: api.RoleUser, Time: api.MessageTime{Created: now()}, Agent: t.agent.Name,
		Model: t.ref(), System: p.System, Tools: p.Tools}
	if user.ID == "" {
		user.ID = knowledge.NewID("msg")
	}
	change := ledger.MessageChange(user)
	if !p.NoReply {
		change.Messages[0].Status = ledger.Running // until its answer begins: recover finds it
	}
	var parts []api.Part
	for _, in := range p.Parts {
		part := api.Part{ID: knowledge.NewID("prt"), SessionID: session, MessageID: user.ID, Type: in.Type, Text: in.Text, Synthetic: in.Synthetic,
			Ignored: in.Ignored, Metadata: in.Metadata, Mime: in.Mime, Filename: in.Filename, URL: in.URL, Name: in.Name, Prompt: in.Prompt,
			Description: in.Description, Agent: in.Agent}
		parts = append(parts, part)
		change = ledger.Join(change, ledger.PartChange(part))
	}
	if r.ctx.Err() != nil {
		return nil, ledger.ErrClosed
	}
	if err := r.ledger.Write(ctx, change); err != nil {
		return nil, err
	}
	a := &accepted{done: make(chan struct{})}
	if p.NoReply {
		a.answer = &api.MessageWithParts{Info: user, Parts: parts}
		close(a.done)
		return a, nil
	}
	r.turns.Go(func() {
		defer close(a.done)
		a.answer, a.err = r.answer(t, user)
	})
	return a, nil
}

// unseen refuses a prompt that is stored already, so that a client may send one
// again when it does not know whether it arrived. Identifiers are one's own: one
// of another session is refused too.
func (r *server) unseen(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	there, err := r.know.HasMessage(identity.With(ctx, identity.Everyone), id)
	if err != nil {
		return err
	}
	if there {
		return api.Refuse(http.StatusConflict, api.NameConflict, "the message %q was sent before", id)
	}
	return nil
}

// newTurn decides which agent and model answer.
func (r *server) newTurn(s *api.Session, p api.Prompt, text string) (*turn, error) {
	name := p.Agent
	if name == "" {
		name = s.Agent
	}
	agent := r.agent(name)
	if agent == nil {
		return nil, api.BadRequest("there is no agent %q", gate.Line(name, 80)).WithHint("there are %s", agentNames(r.agents))
	}
	t := &turn{r: r, session: s.ID, owner: s.Owner, agent: agent, system: p.System, question: text, disabled: map[string]bool{}, spent: s.Cost}
	for tool, on := range p.Tools {
		t.disabled[tool] = !on
	}
	t.rules = append(r.rules(agent), s.Permission...)
	ref := ""
	switch {
	case p.Model != nil && p.Model.ModelID != "":
		ref = p.Model.String()
	case s.Model != nil && s.Model.ID != "":
		ref = s.Model.ProviderID + "/" + s.Model.ID
	case agent.Model != "":
		ref = agent.Model
	}
	if ref == api.Extractive.String() {
		return t, nil
	}
	info, ok := r.models.Find(ref)
	if !ok && ref != "" {
		return nil, api.BadRequest("there is no model %q", gate.Line(ref, 80)).WithHint("panther status lists the models")
	}
	if ok {
		t.model = info.Ref()
	}
	return t, nil
}

// ref names the model that is asked.
func (t *turn) ref() *api.ModelRef {
	if t.model == "" {
		m := api.Extractive
		return &m
	}
	p, id := llm.SplitRef(t.model)
	return &api.ModelRef{ProviderID: p, ModelID: id}
}

// dropReverted removes for good what was taken back before.
func (r *server) dropReverted(ctx context.Context, s *api.Session) error {
	if s.Revert == nil {
		return nil
	}
	list, err := r.messages(ctx, s.ID)
	if err != nil {
		return err
	}
	var c ledger.Change
	for _, m := range list {
		if m.Info.ID >= s.Revert.MessageID {
			c.DeleteMessages = append(c.DeleteMessages, m.Info.ID)
			c.Events = append(c.Events, ledger.Event{SessionID: s.ID, Type: api.EventMessageRemoved,
				Data: map[string]string{"sessionID": s.ID, "messageID": m.Info.ID}})
		}
	}
	if err := r.ledger.Write(ctx, c); err != nil {
		return err
	}
	_, err = r.edit(ctx, s.ID, func(s *api.Session) { s.Revert = nil })
	return err
}

// agent returns the agent of a name, "" meaning the default one; nil if there
// is none.
func (r *server) agent(name string) *agents.Agent {
	if name == "" {
		name = r.cfg.Agent
	}
	i := slices.IndexFunc(r.agents, func(a agents.Agent) bool { return a.Name == name })
	if i < 0 {
		// OpenCode's own clients ask for their default agents by name.
		if name == "build" || name == "plan" || name == "general" {
			return r.agent("")
		}
		return nil
	}
	return &r.agents[i]
}
