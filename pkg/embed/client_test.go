package embed

import (
	"errors"
	"math"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// TestOpenAIGoClient runs OpenAI's own client, unmodified, against the socket.
func TestOpenAIGoClient(t *testing.T) {
	t.Parallel()
	_, client := runLocal(t)
	ctx := t.Context()
	c := openai.NewClient(option.WithBaseURL("http://embed/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0),
		option.WithHTTPClient(client))

	models, err := c.Models.List(ctx)
	if err != nil || len(models.Data) != 1 {
		t.Fatalf("models %+v, %v", models, err)
	}
	name := models.Data[0].ID
	r, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: name, Dimensions: openai.Int(16),
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"running", "cafe"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Data) != 2 || len(r.Data[1].Embedding) != 16 || r.Usage.PromptTokens != 7 {
		t.Errorf("%d vectors, %d tokens", len(r.Data), r.Usage.PromptTokens)
	}
	var length float64
	for _, x := range r.Data[0].Embedding {
		length += x * x
	}
	if math.Abs(length-1) > 1e-5 {
		t.Errorf("length² %g", length)
	}
	_, err = c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "text-embedding-3-small",
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("a")}})
	var ae *openai.Error
	if !errors.As(err, &ae) || ae.StatusCode != 404 || ae.Code != "model_not_found" || ae.Param != "model" {
		t.Errorf("another model: %v", err)
	}
}
