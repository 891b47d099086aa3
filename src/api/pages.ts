import { fileURLToPath } from 'node:url';
import type express from 'express';
import { Router } from 'express';

/** What Swagger UI needs of its package; source maps and its sample page stay unserved. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const DOCS = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Signalman API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** A file of its own, because the content security policy allows no inline script. */
const START = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

function home(version: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Signalman</title>
</head>
<body>
<h1>Signalman ${version}</h1>
<p>Executes TradingView alerts: an accepted alert is durable, takes effect exactly once, and is explained.</p>
<ul>
<li><a href="/docs">API, readable</a> · <a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/health">Health</a> · <a href="/ready">Readiness</a> · <a href="/metrics">Metrics</a></li>
</ul>
<p>On this machine, <code>npx signalman help</code> lists what the command line can do.</p>
</body>
</html>
`;
}

/** The pages for people: `/` and `/docs`. Everything is served from here, nothing from elsewhere. */
export function createPages(version: string): Router {
  const router = Router();
  const html = home(version);
  router.get('/', (_request, response) => void response.type('html').send(html));
  router.get('/docs', (_request, response) => void response.type('html').send(DOCS));
  router.get('/docs/start.js', (_request, response) => void response.type('text/javascript').send(START));
  const directory = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/swagger-ui.css')));
  for (const asset of ASSETS) {
    const sendAsset: express.RequestHandler = (_request, response) => void response.sendFile(asset, { root: directory, maxAge: '1d' });
    router.get(`/docs/${asset}`, sendAsset);
  }
  return router;
}
