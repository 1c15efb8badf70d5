package embed

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/embed/model"
	"panther/pkg/encoder"
)

// Providers that a configuration may name.
const (
	ProviderAuto    = "auto"
	ProviderEncoder = "encoder"
	ProviderOpenAI  = "openai"
)

// Config is /etc/panther/panther-embed.toml.
type Config struct {
	Version int `toml:"version"`
	// Provider is encoder, openai, or auto: encoder, and until a model is installed
	// none, so that search is by words alone.
	Provider string `toml:"provider"`
	// Model is the name of a folder in STATE_DIRECTORY/models, a path, or auto: the
	// first of the known models that is installed.
	Model string `toml:"model"`
	// Listen is an address besides the passed socket: host:port or unix:/path.
	// Beyond loopback it needs the credential panther-embed-token.
	Listen string `toml:"listen"`
	// IdleExit is after how long without a request a socket-activated service
	// leaves; 0 is never.
	IdleExit config.Duration `toml:"idle_exit"`
	// Cache is the size of the file of passage vectors; 0 keeps none.
	Cache config.Size `toml:"cache"`
	// Queue is how many requests may wait before clients are told to come back.
	Queue int `toml:"queue"`
	// FusionWeight overrides the share that the provider proposes for its
	// vectors in hybrid search; 0 keeps the proposal.
	FusionWeight float64 `toml:"fusion_weight"`

	Encoder EncoderConfig `toml:"encoder"`
	OpenAI  OpenAIConfig  `toml:"openai"`
}

// EncoderConfig refines how a model folder is used. Empty values leave it to
// the folder.
type EncoderConfig struct {
	QueryPrefix   *string `toml:"query_prefix"`
	PassagePrefix *string `toml:"passage_prefix"`
	MaxTokens     int     `toml:"max_tokens"`
	// Precision of the products: int8 where the processor gains by it, or float32.
	Precision string `toml:"precision"`
	// Kernels names the processor's instructions instead of the best ones.
	Kernels string `toml:"kernels"`
}

// Precisions that a configuration may name.
const (
	PrecisionInt8    = "int8"
	PrecisionFloat32 = "float32"
)

// OpenAIConfig names a server that speaks the OpenAI embeddings API.
type OpenAIConfig struct {
	URL               string          `toml:"url"` // up to and with /v1, or unix:/path
	Model             string          `toml:"model"`
	Dimensions        int             `toml:"dimensions"` // asked for; 0 is the model's own
	MaxTokens         int             `toml:"max_tokens"` // told to clients; 0 is unknown
	Credential        string          `toml:"credential"` // name of the API key's credential
	Batch             int             `toml:"batch"`      // texts of one call
	RequestsPerMinute int             `toml:"requests_per_minute"`
	Timeout           config.Duration `toml:"timeout"`
	Retries           int             `toml:"retries"`
	SendInputType     bool            `toml:"send_input_type"` // Voyage, Cohere and panther-embed know it
	QueryPrefix       string          `toml:"query_prefix"`
	PassagePrefix     string          `toml:"passage_prefix"`
}

// Default returns the configuration of a missing file.
func Default() Config {
	return Config{
		Version: config.Version, Provider: ProviderAuto, Model: model.Auto,
		IdleExit: config.Duration(5 * time.Minute),
		Cache:    64 << 20, Queue: 64,
		Encoder: EncoderConfig{Precision: PrecisionInt8},
		OpenAI:  OpenAIConfig{Batch: 64, Timeout: config.Duration(time.Minute), Retries: 5, Credential: "panther-embed-api-key"},
	}
}

// Validate implements config.Validator.
func (c *Config) Validate() error {
	switch c.Provider {
	case ProviderAuto, ProviderEncoder:
	case ProviderOpenAI:
		if err := c.OpenAI.validate(); err != nil {
			return err
		}
	default:
		return config.Errorf("provider", "use auto, encoder or openai", "is %q", c.Provider)
	}
	switch {
	case c.Model == "":
		return config.Errorf("model", "name a folder of STATE_DIRECTORY/models or give a path", "is empty")
	case !filepath.IsAbs(c.Model) && c.Model != filepath.Base(c.Model):
		return config.Errorf("model", "give an absolute path, or only the folder's name", "%q is neither a name nor an absolute path", c.Model)
	case c.Queue < 1 || c.Queue > 10_000:
		return config.Errorf("queue", "the default is 64", "%d is not from 1 to 10000", c.Queue)
	case c.FusionWeight < 0 || c.FusionWeight > 1:
		return config.Errorf("fusion_weight", "it is a share; remove it to take the provider's own", "%g is not from 0 to 1", c.FusionWeight)
	case c.Cache != 0 && c.Cache < 1<<20:
		return config.Errorf("cache", "use 0 for none, or 64MB", "%d bytes are too few to be of use", c.Cache)
	case c.Encoder.Precision != PrecisionInt8 && c.Encoder.Precision != PrecisionFloat32:
		return config.Errorf("encoder.precision", "use int8 or float32", "is %q", c.Encoder.Precision)
	case c.Encoder.Kernels != "" && !slices.Contains(encoder.Kernels(), c.Encoder.Kernels):
		return config.Errorf("encoder.kernels", "remove it to take the best of "+strings.Join(encoder.Kernels(), ", "), "this processor has no %q", c.Encoder.Kernels)
	case c.Encoder.MaxTokens < 0 || c.Encoder.MaxTokens > 0 && c.Encoder.MaxTokens < 8:
		return config.Errorf("encoder.max_tokens", "remove it to take the model's own", "%d is too few", c.Encoder.MaxTokens)
	}
	return nil
}

func (o *OpenAIConfig) validate() error {
	u, err := url.Parse(o.URL)
	if err == nil && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "unix" {
		err = errors.New("its scheme is not http, https or unix")
	}
	switch {
	case o.URL == "":
		return config.Errorf("openai.url", `for example "http://127.0.0.1:11434/v1"`, "is empty")
	case err != nil:
		return config.Errorf("openai.url", `for example "http://127.0.0.1:11434/v1"`, "%q: %w", o.URL, err)
	case o.Model == "" && u.Scheme != "unix":
		return config.Errorf("openai.model", "the server's documentation lists its models", "is empty")
	case o.Batch < 1 || o.Batch > 2048:
		return config.Errorf("openai.batch", "the default is 64", "%d is not from 1 to 2048", o.Batch)
	case o.Dimensions < 0 || o.MaxTokens < 0 || o.RequestsPerMinute < 0 || o.Retries < 0:
		return config.Errorf("openai", "remove the setting to take its default", "a number is negative")
	case strings.ContainsAny(o.Credential, "/\x00"):
		return config.Errorf("openai.credential", "it is the name in LoadCredential=", "%q is not a file name", o.Credential)
	}
	return nil
}

// modelError is what an operator sees when a configured model is not there.
func missingModel(name string, looked []string) error {
	return fmt.Errorf("find model %s: it is not in %s", name, strings.Join(looked, " or "))
}
