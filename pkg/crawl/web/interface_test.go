package web

import (
	"strings"
	"testing"

	"panther/pkg/crawl/text"
)

// TestViewers has the pages that programs of this kind, and the frameworks that bring them, write.
func TestViewers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, refs, inline, config, settings string }{
		"Redoc's element":      {body: `<title>API</title><redoc spec-url='/v2/swagger.json'></redoc><script src="https://cdn.e.com/redoc.standalone.js"></script>`, refs: "/v2/swagger.json"},
		"Redoc by a script":    {body: `<div id=r></div><script src="redoc.js"></script><script>Redoc.init("spec.yaml", {scrollYOffset: 50}, document.getElementById('r'))</script>`, refs: "spec.yaml"},
		"Redoc with its own":   {body: `<div id=r></div><script>Redoc.init({"openapi": "3.0.0", "info": {"title": "a } b"}, "paths": {}}, {}, r)</script>`, inline: `{"openapi": "3.0.0", "info": {"title": "a } b"}, "paths": {}}`},
		"FastAPI":              {body: `<div id="swagger-ui"></div><script src="https://cdn.e.com/swagger-ui-bundle.js"></script><script>const ui = SwaggerUIBundle({ url: '/openapi.json', "dom_id": "#swagger-ui", oauth2RedirectUrl: window.location.origin + '/docs/oauth2-redirect'})</script>`, refs: "/openapi.json"},
		"several":              {body: `<div id="swagger-ui"></div><script>SwaggerUIBundle({urls: [{url: "a.json", name: "A"}, {"url":"b.yaml","name":"B"}], "urls.primaryName": "B"})</script>`, refs: "a.json b.yaml"},
		"Swashbuckle":          {body: `<div id="swagger-ui"></div><script>var configObject = JSON.parse('{"urls":[{"url":"v1/swagger.json","name":"V1"}],"deepLinking":false}'); const ui = SwaggerUIBundle(configObject)</script>`, refs: "v1/swagger.json"},
		"springdoc":            {body: `<div id="swagger-ui"></div><script>window.ui = SwaggerUIBundle({url: "", configUrl: "/v3/api-docs/swagger-config", validatorUrl: ""})</script>`, config: "/v3/api-docs/swagger-config"},
		"its settings beside":  {body: `<div id="swagger-ui"></div><script src="./swagger-ui-bundle.js" charset="UTF-8"></script><script src="./swagger-ui-standalone-preset.js"></script><script src="./swagger-initializer.js"></script>`, settings: "./swagger-initializer.js"},
		"a variable":           {body: `<div id="swagger-ui"></div><script>const place = window.location.origin + "/api/spec"; SwaggerUIBundle({ url: place, deepLinking: true })</script>`, refs: "/api/spec"},
		"inline":               {body: `<div id="swagger-ui"></div><script>SwaggerUIBundle({ dom_id: '#swagger-ui', spec: {openapi: '3.1.0', paths: {'/a': {}}}, layout: "x" })</script>`, inline: `{openapi: '3.1.0', paths: {'/a': {}}}`},
		"Scalar":               {body: `<script id="api-reference" data-url="https://e.com/openapi.json"></script><script src="https://cdn.e.com/@scalar/api-reference"></script>`, refs: "https://e.com/openapi.json"},
		"Scalar by a script":   {body: `<div id="app"></div><script>Scalar.createApiReference('#app', { sources: [{ url: '/one.json' }, { url: '/two.json' }] })</script>`, refs: "/one.json /two.json"},
		"Scalar with its own":  {body: `<script id="api-reference" type="application/json">{"openapi":"3.1.0","paths":{}}</script>`, inline: `{"openapi":"3.1.0","paths":{}}`},
		"RapiDoc":              {body: `<rapi-doc spec-url = "petstore.json" theme=dark> </rapi-doc>`, refs: "petstore.json"},
		"Stoplight":            {body: `<elements-api apiDescriptionUrl="openapi.yaml" router="hash"/>`, refs: "openapi.yaml"},
		"no interface":         {body: `<div id="root"></div><script>fetch({url: "/x.json"})</script>`},
		"a brace without end":  {body: `<div id="swagger-ui"></div><script>SwaggerUIBundle({spec: {paths: "`},
		"what it says of them": {body: `<p>Use &lt;redoc spec-url="x"&gt;, or SwaggerUIBundle({url: "y"}).</p>`},
	} {
		sh := findViewer([]byte(tc.body))
		if sh.viewer != nil {
			sh.settle(sh.scripts)
		}
		if got := strings.Join(sh.refs, " "); got != tc.refs || string(sh.inline) != tc.inline || sh.config != tc.config || strings.Join(sh.settings, " ") != tc.settings && tc.settings != "" {
			t.Errorf("%s: descriptions %q, inline %q, settings at %q and %q", name, got, sh.inline, sh.config, sh.settings)
		}
		if none := strings.HasPrefix(name, "no ") || strings.HasPrefix(name, "what "); none != (sh.viewer == nil) {
			t.Errorf("%s: viewer is %+v", name, sh.viewer)
		}
	}
}

func TestAnchorsOfViewers(t *testing.T) {
	t.Parallel()
	named := text.Operation{Method: "get", Path: "/pets/{petId}", ID: "getPet", Tags: []string{"Big Pets"}}
	bare := text.Operation{Method: "post", Path: "/a/{b}"}
	want := map[string]string{
		"redoc": "tag/Big-Pets/operation/getPet /paths/~1a~1{b}/post", "#swagger-ui": "/Big%20Pets/getPet /default/post_a__b_",
		"rapi-doc": "get-/pets/-petId- post-/a/-b-", "elements-api": "/operations/getPet /paths/a-b/post",
		"#api-reference": "tag/big-pets/GET/pets/{petId} tag/default/POST/a/{b}",
	}
	for _, v := range viewers {
		if got := v.anchor(named) + " " + v.anchor(bare); got != want[v.element] {
			t.Errorf("%s: %s, want %s", v.element, got, want[v.element])
		}
	}
}

func FuzzFindViewer(f *testing.F) {
	f.Add(`<div id="swagger-ui"></div><script>SwaggerUIBundle({spec: {openapi: '3', paths: {"a": [}]}})</script>`)
	f.Fuzz(func(_ *testing.T, body string) {
		sh := findViewer([]byte(body))
		sh.settle(sh.scripts)
	})
}
