package openai

import (
	"encoding/json"
	"slices"
	"sync"

	"panther/pkg/identity"
	"panther/pkg/llm"
)

// storedResponse is a response that its owner may go on with.
type storedResponse struct {
	owner        identity.Identity
	response     response
	conversation conversation // with the answer
}

// responses keeps the last responses in memory: a client that goes on with one
// that is gone is told so, and sends the conversation again.
type responses struct {
	mu    sync.Mutex
	list  []storedResponse // oldest first
	bytes int
}

// Bounds of what is kept of all clients together.
const (
	maxStored      = 1000
	maxStoredBytes = 16 << 20
)

func newResponses() *responses { return &responses{} }

func (s *responses) put(r storedResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, r)
	s.bytes += r.size()
	for len(s.list) > maxStored || s.bytes > maxStoredBytes && len(s.list) > 1 {
		s.drop(0)
	}
}

func (s *responses) drop(i int) {
	s.bytes -= s.list[i].size()
	s.list = slices.Delete(s.list, i, i+1)
}

func (s *responses) find(by identity.Identity, id string) int {
	return slices.IndexFunc(s.list, func(r storedResponse) bool { return r.response.ID == id && by.Sees(r.owner) })
}

func (s *responses) get(by identity.Identity, id string) (storedResponse, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(by, id); i >= 0 {
		return s.list[i], true
	}
	return storedResponse{}, false
}

func (s *responses) remove(by identity.Identity, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(by, id)
	if i >= 0 {
		s.drop(i)
	}
	return i >= 0
}

// item returns an item of a stored response as a client would give it back.
func (s *responses) item(by identity.Identity, id string) (inputItem, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.list {
		for _, it := range r.response.Output {
			if it.ID == id && by.Sees(r.owner) {
				return it.input(), true
			}
		}
	}
	return inputItem{}, false
}

func (it outputItem) input() inputItem {
	in := inputItem{Type: it.Type, ID: it.ID, Role: it.Role, CallID: it.CallID, Name: it.Name}
	if it.Arguments != nil {
		in.Arguments = *it.Arguments
	}
	in.Content, _ = json.Marshal(it.Content) // our own types
	return in
}

func (r storedResponse) size() int {
	req := llm.Request{Messages: r.conversation.messages}
	return 4*req.Tokens() + 1<<10
}
