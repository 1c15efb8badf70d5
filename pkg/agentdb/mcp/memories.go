package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/knowledge"
)

type rememberIn struct {
	Text       string   `json:"text" jsonschema:"one fact in a sentence that is understood alone, or the task of an episode"`
	Kind       string   `json:"kind,omitempty" jsonschema:"fact (default), or episode for how a task went"`
	Outcome    string   `json:"outcome,omitempty" jsonschema:"of an episode: what came of it"`
	Critique   string   `json:"critique,omitempty" jsonschema:"of an episode: what to do differently"`
	Reward     *float64 `json:"reward,omitempty" jsonschema:"of an episode: -1 failed to 1 succeeded"`
	Supersedes string   `json:"supersedes,omitempty" jsonschema:"id of the memory that this one corrects"`
	User       string   `json:"user,omitempty" jsonschema:"only for this user"`
	URI        string   `json:"uri,omitempty" jsonschema:"document that it was drawn from"`
}

type recallIn struct {
	Query string   `json:"query" jsonschema:"what you want to know or are about to do"`
	Kinds []string `json:"kinds,omitempty" jsonschema:"fact, episode, skill; all by default"`
	User  string   `json:"user,omitempty" jsonschema:"also what is only for this user"`
	Limit int      `json:"limit,omitempty" jsonschema:"1 to 50, 8 by default"`
}

type memoryOut struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Text     string   `json:"text"`
	Outcome  string   `json:"outcome,omitempty"`
	Critique string   `json:"critique,omitempty"`
	Reward   *float64 `json:"reward,omitempty"`
	Body     string   `json:"body,omitempty"`
	Origin   string   `json:"origin,omitempty"`
	Created  string   `json:"created,omitempty"`
	Strength float64  `json:"strength,omitempty" jsonschema:"after decay and feedback, 0 to 1"`
	Score    float64  `json:"score,omitempty"`
}

type recallOut struct {
	Memories []memoryOut `json:"memories"`
}

type idIn struct {
	ID string `json:"id" jsonschema:"of the memory, as recall returned it"`
}

type feedbackIn struct {
	ID     string `json:"id" jsonschema:"of the memory, as recall returned it"`
	Helped bool   `json:"helped" jsonschema:"true if it helped, false if it misled"`
}

type doneOut struct {
	ID   string `json:"id"`
	Done string `json:"done"`
}

type saveSkillIn struct {
	Description string `json:"description" jsonschema:"what the skill achieves, in a sentence; find_skill looks here first"`
	Steps       string `json:"steps" jsonschema:"how it is done, as Markdown"`
	Supersedes  string `json:"supersedes,omitempty" jsonschema:"id of the skill that this one improves"`
}

type findSkillIn struct {
	Task  string `json:"task" jsonschema:"what you want to achieve"`
	Limit int    `json:"limit,omitempty" jsonschema:"1 to 20, 3 by default"`
}

func (t tools) memories(s *mcp.Server) {
	read := annotate(mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true})
	adds := annotate(mcp.ToolAnnotations{IdempotentHint: true})
	yes := true
	addTool(s, &mcp.Tool{Name: "remember", Title: "Remember something", Annotations: adds,
		Description: "Keep a fact, or how a task went, beyond this conversation. What is kept is never rewritten: correct an entry by a new " +
			"one that supersedes it. Saying the same again changes nothing."}, t.remember)
	addTool(s, &mcp.Tool{Name: "recall", Title: "Recall memories", Annotations: read,
		Description: "Find what was remembered about a subject, best first. Use it before you begin a task, and tell by feedback what helped."}, t.recall)
	addTool(s, &mcp.Tool{Name: "forget", Title: "Forget a memory", Annotations: annotate(mcp.ToolAnnotations{DestructiveHint: &yes}),
		Description: "Remove a memory and what it superseded for good. Use it when the user asks for it; for a correction use remember with supersedes."}, t.forget)
	addTool(s, &mcp.Tool{Name: "feedback", Title: "Tell whether a memory helped", Annotations: annotate(mcp.ToolAnnotations{}),
		Description: "Say that a recalled memory helped or misled. It moves the memory up or down in what is recalled later."}, t.feedback)
	addTool(s, &mcp.Tool{Name: "save_skill", Title: "Save a skill", Annotations: adds,
		Description: "Keep the steps of something that worked, to do it again later."}, t.saveSkill)
	addTool(s, &mcp.Tool{Name: "find_skill", Title: "Find a skill", Annotations: read,
		Description: "Find the saved skills that fit a task, best first, each with its steps."}, t.findSkill)
}

func outOf(m knowledge.Memory, score float64) memoryOut {
	return memoryOut{ID: m.ID, Kind: m.Kind, Text: m.Text, Outcome: m.Outcome, Critique: m.Critique, Reward: m.Reward, Body: m.Body,
		Origin: m.Provenance.Origin, Created: m.Created.Format(time.RFC3339), Strength: m.Strength, Score: score}
}

// missing replaces "not found" by what to do.
func missing(id string, err error) error {
	if errors.Is(err, knowledge.ErrNotFound) {
		return fmt.Errorf("there is no memory %s; give the id that recall returned", id)
	}
	return err
}

// provenance says that an agent stored a memory, by the name that its program
// gives itself.
func provenance(q *mcp.CallToolRequest, uri string) knowledge.Provenance {
	p := knowledge.Provenance{Origin: "mcp", URI: uri}
	if uri != "" {
		p.Read = []string{uri}
	}
	if q != nil && q.Session != nil {
		if i := q.Session.InitializeParams(); i != nil && i.ClientInfo != nil {
			name := strings.Join(strings.Fields(i.ClientInfo.Name+" "+i.ClientInfo.Version), " ")
			p.By = strings.ToValidUTF8(name[:min(len(name), 100)], "")
		}
	}
	return p
}

func (t tools) remember(ctx context.Context, q *mcp.CallToolRequest, in rememberIn) (*mcp.CallToolResult, *memoryOut, error) {
	if in.Kind == "" {
		in.Kind = knowledge.MemoryFact
	}
	return t.store(ctx, knowledge.Memory{Kind: in.Kind, Text: in.Text, Outcome: in.Outcome, Critique: in.Critique, Reward: in.Reward,
		Supersedes: in.Supersedes, Scope: knowledge.Scope{User: in.User}, Provenance: provenance(q, in.URI)})
}

func (t tools) saveSkill(ctx context.Context, q *mcp.CallToolRequest, in saveSkillIn) (*mcp.CallToolResult, *memoryOut, error) {
	return t.store(ctx, knowledge.Memory{Kind: knowledge.MemorySkill, Text: in.Description, Body: in.Steps, Supersedes: in.Supersedes,
		Provenance: provenance(q, "")})
}

func (t tools) store(ctx context.Context, m knowledge.Memory) (*mcp.CallToolResult, *memoryOut, error) {
	got, err := t.k.Remember(ctx, m)
	if err != nil {
		return nil, nil, missing(m.Supersedes, err)
	}
	out := outOf(*got, 0)
	return nil, &out, nil
}

func (t tools) recall(ctx context.Context, _ *mcp.CallToolRequest, in recallIn) (*mcp.CallToolResult, *recallOut, error) {
	return t.find(ctx, knowledge.RecallRequest{Query: in.Query, Kinds: in.Kinds, Scope: knowledge.Scope{User: in.User}, Limit: min(max(in.Limit, 0), 50)})
}

func (t tools) findSkill(ctx context.Context, _ *mcp.CallToolRequest, in findSkillIn) (*mcp.CallToolResult, *recallOut, error) {
	if in.Limit <= 0 {
		in.Limit = 3
	}
	return t.find(ctx, knowledge.RecallRequest{Query: in.Task, Kinds: []string{knowledge.MemorySkill}, Limit: min(in.Limit, 20)})
}

func (t tools) find(ctx context.Context, req knowledge.RecallRequest) (*mcp.CallToolResult, *recallOut, error) {
	r, err := t.k.Recall(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	out := &recallOut{Memories: []memoryOut{}}
	for _, m := range r.Memories {
		out.Memories = append(out.Memories, outOf(m.Memory, m.Score))
	}
	return nil, out, nil
}

func (t tools) forget(ctx context.Context, _ *mcp.CallToolRequest, in idIn) (*mcp.CallToolResult, *doneOut, error) {
	if err := t.k.Forget(ctx, in.ID); err != nil {
		return nil, nil, missing(in.ID, err)
	}
	return nil, &doneOut{in.ID, "forgotten"}, nil
}

func (t tools) feedback(ctx context.Context, _ *mcp.CallToolRequest, in feedbackIn) (*mcp.CallToolResult, *doneOut, error) {
	value := -1
	if in.Helped {
		value = 1
	}
	if err := t.k.Feedback(ctx, in.ID, value); err != nil {
		return nil, nil, missing(in.ID, err)
	}
	return nil, &doneOut{in.ID, "counted"}, nil
}
