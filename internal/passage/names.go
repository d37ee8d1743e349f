package passage

// kind is what a header says, and so what becomes of it.
type kind uint8

const (
	other   kind = iota // says nothing here: kept
	ofHTTP              // has a meaning in HTTP or to proxies: kept in its one spelling
	vouched             // where a request comes from: kept from a trusted proxy
	hop                 // is for the next hop alone, and that is the gateway
	target              // what is asked for, past what the gateway judged
	who                 // who is calling
)

// lists are the headers that are judged, in folded form. A name that ends in *
// stands for all that begin so; a whole name goes before it.
//
// Left alone are X-HTTP-Method-Override and its kin: they are an API's own, and
// no page of another site can send them.
var lists = []struct {
	kind  kind
	names []string
}{
	// RFC 9110, 12 to 14 and 15; RFC 9111; RFC 9112; RFC 6265; RFC 8470; Fetch.
	{ofHTTP, []string{
		"accept", "accept-charset", "accept-encoding", "accept-language", "access-control-*", "age", "allow", "authorization", "cache-control",
		"content-encoding", "content-language", "content-length", "content-location", "content-range", "content-type", "cookie", "date",
		"early-data", "expect", "from", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards",
		"origin", "pragma", "range", "referer", "sec-*", "set-cookie", "te", "user-agent", "vary", "via", "www-authenticate",
	}},
	// RFC 9110, 7.6.1; RFC 9113, 8.2.2. Host beside :authority is a second one.
	{hop, []string{
		"host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authentication-info", "proxy-authorization", "proxy-connection",
		"trailer", "transfer-encoding",
		"connection", "upgrade", "-protocol", // but see upgrade.go; the last is a field of HTTP/2
	}},

	// The client's address. RFC 7239; Squid, HAProxy and the rest.
	{vouched, []string{"forwarded", "forwarded-for", "x-forwarded", "x-forwarded-for", "x-forwarded-by", "x-original-for", "x-original-forwarded-for"}},
	{vouched, []string{"x-real-ip", "x-real-port"}},                         // nginx
	{vouched, []string{"client-ip", "x-client-ip", "x-client-port"}},        // Rails, PHP applications; Azure App Service
	{vouched, []string{"x-cluster-client-ip"}},                              // Zeus, Rackspace
	{vouched, []string{"x-originating-ip", "x-remote-ip", "x-remote-addr"}}, // mail and PHP applications
	{vouched, []string{"wl-proxy-*", "proxy-client-ip"}},                    // WebLogic, its certificates included; Java applications
	{vouched, []string{"true-client-ip", "akamai-origin-hop"}},              // Akamai, Cloudflare
	{vouched, []string{"cf-connecting-*", "cf-pseudo-ipv4", "cf-visitor"}},  // Cloudflare
	{vouched, []string{"cf-ipcountry", "cf-client-cert-*", "cf-worker"}},    // Cloudflare
	{vouched, []string{"cloudfront-*"}},                                     // Amazon CloudFront
	{vouched, []string{"fastly-client", "fastly-client-ip", "fastly-ssl"}},  // Fastly
	{vouched, []string{"x-azure-*"}},                                        // Azure Front Door
	{vouched, []string{"x-appengine-*", "x-proxyuser-ip"}},                  // Google: X-Appengine-Cron and -Queuename are believed, too
	{vouched, []string{"x-envoy-*"}},                                        // Envoy: X-Envoy-Internal is believed, too
	{vouched, []string{"fly-client-ip", "fly-forwarded-*"}},                 // Fly.io
	{vouched, []string{"x-nf-client-connection-ip", "do-connecting-ip"}},    // Netlify, DigitalOcean
	{vouched, []string{"x-vercel-forwarded-for", "x-vercel-proxied-for"}},   // Vercel
	{vouched, []string{"x-sucuri-clientip", "incap-client-ip"}},             // Sucuri, Imperva
	{vouched, []string{"ali-cdn-real-ip", "cdn-src-ip"}},                    // Alibaba, Wangsu

	// Scheme, port and the folder that a proxy has put the portal in.
	{vouched, []string{"x-forwarded-port", "x-forwarded-protocol", "x-forwarded-scheme", "x-forwarded-ssl", "x-forwarded-prefix", "x-original-proto"}},
	{vouched, []string{"front-end-https", "x-scheme", "x-url-scheme"}},        // Exchange; nginx' ingress for Kubernetes; paste
	{vouched, []string{"ssl-offloaded", "x-appservice-proto", "x-arr-*"}},     // Magento; Azure App Service, IIS' Application Request Routing
	{vouched, []string{"x-proxied-https", "proxy-auth-cert", "proxy-ssl-id"}}, // Jetty
	{vouched, []string{"https"}}, // PHP applications believed HTTP_HTTPS

	// The client's certificate. RFC 9440; nginx (Keycloak, Puppet); Envoy;
	// Traefik; Amazon's load balancer. X-ARR-ClientCert stands above.
	{vouched, []string{
		"client-cert", "client-cert-chain", "x-client-cert*", "x-client-dn", "x-client-verify", "ssl-client-*", "ssl-cert", "x-ssl-*",
		"x-forwarded-client-cert", "x-forwarded-tls-client-cert*", "x-amzn-mtls-*",
	}},

	// The host. X-Forwarded-Host and -Proto are set anew from the configured
	// origin.
	{target, []string{
		"x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-host", "x-http-host-override", "x-http-host",
		"disguised-host", "was-default-hostname", // Azure App Service
		"x-jfrog-override-base-url", "x-artifactory-override-base-url", // Artifactory
	}},
	// The address: IIS' URL Rewrite, which Zend, Symfony, Magento, Drupal and
	// others believed; gunicorn, which takes the last two from 127.0.0.1.
	{target, []string{
		"x-original-*", "x-rewrite-*", "x-override-url", "x-forwarded-uri", "x-forwarded-path", "x-forwarded-method", "x-ms-original-url",
		"x-waws-unencoded-url", "x-envoy-original-*", "x-script-name", "script-name", "path-info",
	}},
	{other, []string{"x-original-file*"}}, // of uploads
	// Commands to a server: its outgoing proxy (httpoxy, CVE-2016-5385); where
	// files lie (Rack, CVE-2025-61780; Plack, CVE-2026-7381); which of
	// Next.js' checks were done (CVE-2025-29927), and what it says to itself of
	// routes, which it filters since version 15 alone.
	{target, []string{"proxy", "x-sendfile-type", "x-accel-*", "x-middleware-subrequest*"}},
	{target, []string{
		"x-middleware-rewrite", "x-middleware-redirect", "x-middleware-next", "x-middleware-skip", "x-middleware-set-cookie",
		"x-middleware-override-headers", "x-middleware-request-*", "x-invoke-*", "x-matched-path", "x-now-route-matches",
	}},

	// Identity, as other gateways say it and portals believe it.
	{who, []string{"x-forwarded-*"}},                                    // oauth2-proxy, Jenkins, SonarQube: -User, -Email, -Groups, -Login, ...
	{who, []string{"x-remote-*"}},                                       // Kubernetes, dex, Splunk
	{who, []string{"remote-*"}},                                         // Authelia; tinyauth: -Sub; Pangolin: -Role
	{who, []string{"auth-user", "auth-mail", "auth-cn", "auth-groups"}}, // LemonLDAP::NG
	{who, []string{"x-auth-request-*"}},                                 // oauth2-proxy
	{who, []string{"x-auth-user*", "x-auth-email", "x-auth-name", "x-auth-groups", "x-auth-roles", "x-auth-subject"}}, // Gatekeeper (Keycloak)
	{who, []string{"x-authenticated-*", "x-consumer-*", "x-credential-*", "x-anonymous-consumer"}},                    // Kong
	{who, []string{"x-authentik-*"}},
	{who, []string{"x-pomerium-*"}},
	{who, []string{"x-token-user-*", "x-token-subject"}},              // caddy-security
	{who, []string{"x-vouch-*"}},                                      // Vouch Proxy
	{who, []string{"x-webauth-*"}},                                    // Grafana, Gitea
	{who, []string{"x-proxy-user", "x-proxy-roles", "x-proxy-ext-*"}}, // OpenSearch
	{who, []string{"php-auth-*", "redirect-remote-*"}},                // Cacti believes HTTP_PHP_AUTH_USER before HTTP_REMOTE_USER
	{who, []string{"x-proxied*"}},                                     // Apache NiFi, DataWave: -EntitiesChain, -EntityGroups, -IssuersChain
	{who, []string{"impersonate-*"}},                                  // Kubernetes, of whom a proxy's credentials let say so
	{who, []string{"cgi-authorization"}},                              // CherryPy takes it for Authorization
	{who, []string{"proxy-remote-user", "x-proxy-remote-user"}},       // SpagoBI; OpenShift's logging
	{who, []string{"x-sandstorm-*"}},
	{who, []string{"x-auth-couchdb-*"}},                                                // CouchDB
	{who, []string{"kubeflow-userid", "x-spinnaker-user", "x-spinnaker-accounts"}},     // Kubeflow, Spinnaker
	{who, []string{"x-rh-identity", "ynh-user*"}},                                      // Red Hat, YunoHost
	{who, []string{"shiny-server-credentials", "x-sp-user*", "x-rstudio-username"}},    // Shiny, ShinyProxy, Posit Workbench
	{who, []string{"rstudio-connect-credentials", "posit-connect-user-session-token"}}, // Posit Connect
	{who, []string{"x-userinfo"}},                                                      // APISIX
	{who, []string{"x-goog-authenticated-user-*", "x-goog-iap-jwt-assertion", "x-endpoint-api-userinfo", "x-apigateway-api-userinfo"}}, // Google
	{who, []string{"x-appengine-user-*"}},                                                // Google App Engine
	{who, []string{"x-ms-client-principal*", "x-ms-token-*"}},                            // Azure App Service
	{who, []string{"x-amzn-oidc-*", "x-amzn-ava-user-context"}},                          // Amazon's load balancer, Verified Access
	{who, []string{"cf-access-*"}},                                                       // Cloudflare Access
	{who, []string{"tailscale-*"}},                                                       // Tailscale Serve
	{who, []string{"teleport-jwt-assertion"}},                                            // Teleport
	{who, []string{"ngrok-auth-*"}},                                                      // ngrok
	{who, []string{"oidc-*", "mellon-*", "shib-*", "cas-*"}},                             // Apache: mod_auth_openidc, mod_auth_mellon, Shibboleth, mod_auth_cas
	{who, []string{"eppn", "subject-id", "pairwise-id", "persistent-id", "targeted-id"}}, // Shibboleth, by its attributes' own names
	{who, []string{"sm-*", "iv-*", "oam-*", "osso-user-*"}},                              // SiteMinder; IBM WebSEAL; Oracle
	{who, []string{"-ws*"}},                                                              // WebSphere, Domino: $WSRU is the user, $WSCC the certificate, $WSRA the address
	{who, []string{"ms-aspnetcore-*", "x-iisnode-*", "x-iis-*"}},                         // ASP.NET Core, Node and others behind IIS
	{who, []string{ownFamily}},
}

// ownFamily are the gateway's headers, those to come included.
const ownFamily = "x-frontdesk-*"
