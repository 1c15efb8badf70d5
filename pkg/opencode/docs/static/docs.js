// agentdb answers on its own socket, which no browser reaches: its operations are shown and not tried.
const agentdb = location.pathname === "/docs/agentdb";
SwaggerUIBundle({
  url: agentdb ? "/docs/agentdb.json" : "/doc",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: !agentdb,
  supportedSubmitMethods: agentdb ? [] : ["get", "put", "post", "delete", "patch", "head"],
  validatorUrl: null,
});
for (const a of document.querySelectorAll("nav a"))
  if (a.pathname === location.pathname) a.setAttribute("aria-current", "page");
