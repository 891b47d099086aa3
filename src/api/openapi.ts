import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEM_JSON } from '../ops/problem.ts';
import type { Described, Route } from './route.ts';
import { Problem } from './schemas/common.ts';
import { AlertText } from './schemas/order.ts';
import { Proposed } from './schemas/people.ts';

const ABOUT = `Signalman executes TradingView alerts: accepted means durable, one alert has one effect, and every signal ends in a state with a reason.

Lists are \`{"items":[…],"nextCursor":null}\`; pass \`nextCursor\` back as \`cursor\`. Times are ISO 8601 UTC, decimals are strings.
Every change is a command that the leader carries out; the answer comes back to whoever asked, or \`504 COMMAND_PENDING\` says where it will be.
Errors are problem details (RFC 9457) with a stable \`code\`.`;

/** The OpenAPI 3.1 document of exactly these routes. */
export function describeApi(routes: readonly Route[], version: string): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Signalman', version, description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'This server' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'ADMIN_API_TOKEN, or a token of POST /api/v1/tokens' },
        password: { type: 'http', scheme: 'basic', description: 'E-mail and password of a user without a second factor' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-signalman',
          description: 'Of POST /api/v1/session; changes need X-CSRF-Token too',
        },
      },
    },
  });
}

const WAITS = 'Where FOUR_EYES asks for it: stored as a proposal that another admin must confirm';

function operation(route: Route): ZodOpenApiOperationObject {
  const responses: ZodOpenApiOperationObject['responses'] = {};
  for (const [status, described] of Object.entries(route.answers)) responses[status as '200'] = response(described);
  if (route.role === 'admin' && route.method !== 'get') responses['202'] = response({ description: WAITS, schema: Proposed });
  if (route.path.startsWith('/api/')) responses.default = { description: 'A problem', content: { [PROBLEM_JSON]: { schema: Problem } } };
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...descriptionOf(route),
    security: route.role === null ? [] : [{ token: [] }, { session: [] }, { password: [] }],
    ...(route.query ? { requestParams: { query: route.query } } : {}),
    ...parameters(route),
    ...requestBody(route),
    responses,
  };
}

function descriptionOf(route: Route): { description?: string } {
  const parts = [route.description, route.role === null ? undefined : `Role: ${route.role}.`].filter((part) => part !== undefined);
  return parts.length > 0 ? { description: parts.join('\n\n') } : {};
}

function response(described: Described) {
  if (!described.schema) return { description: described.description };
  return { description: described.description, content: { [described.contentType ?? 'application/json']: { schema: described.schema } } };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key within a day is the same request: it is carried out once, and answered again.',
  schema: { type: 'string', maxLength: 200 },
} as const;

function parameters({ path, method, role }: Route): Pick<ZodOpenApiOperationObject, 'parameters'> {
  const names = [...path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1] ?? '');
  const inPath = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const);
  return { parameters: [...inPath, ...(method === 'post' && role !== null ? [IDEMPOTENCY_KEY] : [])] };
}

function requestBody(route: Route): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const { body, rawBodySchema } = route;
  if (body) return { requestBody: { required: !body.safeParse({}).success, content: { 'application/json': { schema: body } } } };
  if (!rawBodySchema) return {};
  return {
    requestBody: { required: true, content: { 'application/json': { schema: rawBodySchema }, 'text/plain': { schema: AlertText } } },
  };
}

/** `get /api/v1/orders/:id` → `getOrdersId`: stable names for generated clients. */
function operationId(route: Route): string {
  const words = route.path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api' && word !== 'v1');
  return route.method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
