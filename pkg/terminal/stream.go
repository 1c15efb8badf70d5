package terminal

import (
	"strings"

	"github.com/yuin/goldmark/text"
)

// Stream renders Markdown that arrives piece by piece. Blocks that are whole
// are handed out for good; the rest is what a live area shows meanwhile. It
// renders every block once, so that a long answer costs no more than its
// length. The zero value is not usable; NewStream makes one.
type Stream struct {
	out   *Output
	tail  string // what is not handed out yet
	begun bool   // a block was handed out: the next one is set apart from it
}

// NewStream returns a stream for an output.
func NewStream(out *Output) *Stream { return &Stream{out: out} }

// Write adds a piece of the text and returns the lines of the blocks that it
// completed.
func (s *Stream) Write(piece string) []string {
	s.tail += piece
	if !strings.Contains(piece, "\n") {
		return nil
	}
	n := settled(s.tail)
	if n == 0 {
		return nil
	}
	done := s.tail[:n]
	s.tail = s.tail[n:]
	return s.render(done, true)
}

// Tail returns the lines of the block that is still growing.
func (s *Stream) Tail() []string { return s.render(s.tail, false) }

// Close returns the lines that are left, after which the stream is as new but
// for the distance to what came before.
func (s *Stream) Close() []string {
	rest := s.tail
	s.tail = ""
	return s.render(rest, true)
}

func (s *Stream) render(md string, keep bool) []string {
	if strings.TrimSpace(md) == "" {
		return nil
	}
	lines := s.out.Markdown(md, s.out.Width())
	if s.begun && len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	s.begun = s.begun || keep && len(lines) > 0
	return lines
}

// settled returns the length of the prefix of md whose blocks can not change any
// more: of whole lines, all but the last block.
func settled(md string) int {
	md = md[:strings.LastIndexByte(md, '\n')+1]
	last := parser.Parse(text.NewReader([]byte(md))).LastChild()
	if last == nil || last.PreviousSibling() == nil || last.Pos() < 0 {
		return 0
	}
	return strings.LastIndexByte(md[:last.Pos()], '\n') + 1
}
