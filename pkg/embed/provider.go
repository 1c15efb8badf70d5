package embed

import (
	"context"
	"errors"
	"fmt"
)

// Info describes a provider's embedding space.
type Info struct {
	Model        string  // name in requests and in the space
	Provider     string  // encoder or openai
	Dimensions   int     // of every vector
	MaxTokens    int     // of a text, what is longer is cut; 0 is unknown
	FusionWeight float64 // share of the dense leg in hybrid search, 0 to 1
}

// Input is one text, or the ids of its tokens.
type Input struct {
	Text string
	IDs  []int // the text's tokens, if not nil, in the model's own vocabulary
}

// Batch is what a provider embeds in one call. All inputs are of one kind.
type Batch struct {
	Inputs []Input
	Query  bool // questions, not passages
	// Model is the one that the vectors must be of; a provider of
	// another returns errModelChanged. Empty takes any.
	Model string
	// Yield, if not nil, is called every few milliseconds by a provider that
	// computes in this process, so that urgent work can go first.
	Yield func()
}

// Result has a vector and a count of tokens for each input, in order.
type Result struct {
	Vectors [][]float32
	Tokens  []int
	Cut     []bool // whether the end of the input was cut off; nil means of none
}

// Provider turns texts into vectors of length 1. Its methods may be called by
// several goroutines; Close only when none is left.
type Provider interface {
	// Info may ask a remote server and then fails if that is away.
	Info(ctx context.Context) (Info, error)
	Embed(ctx context.Context, b Batch) (Result, error)
	Close() error
}

// former is a provider that embeds queries with models beside the current one.
type former interface {
	// Former describes a model that was replaced and still embeds queries, until
	// the passages have vectors of the new one.
	Former(model string) (Info, bool)
}

// ErrInput marks an error that the request is to blame for.
var ErrInput = errors.New("invalid input")

// errModelChanged means that the request is for vectors of another model.
var errModelChanged = errors.New("the model has changed")

func inputError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInput, fmt.Errorf(format, args...))
}
