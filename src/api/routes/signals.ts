import { carryOut } from '../carryOut.ts';
import { type ApiDeps, forCaller } from '../deps.ts';
import { explainMessage } from '../explainMessage.ts';
import { findHook, isPlainId } from '../lookup.ts';
import { pageAnswer } from '../paging.ts';
import { invalid, notFound, type Problem, problem } from '../problem.ts';
import { type Answer, defineRoute, ok, type Route } from '../route.ts';
import { listOf } from '../schemas/common.ts';
import { AlertBody } from '../schemas/order.ts';
import * as signals from '../schemas/signal.ts';

const tag = 'signals';
const path = '/api/v1/signals';

export function signalRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Signals, newest first',
      query: signals.SignalQuery,
      answers: { 200: { description: 'Signals', schema: listOf(signals.Signal) } },
      handle: ({ query: { limit, cursor, ...filter }, reads }) => pageAnswer(reads.signals({ limit, cursor }, filter)),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One signal with its whole story',
      answers: { 200: { description: 'The story', schema: signals.SignalStory } },
      handle: async ({ param, reads }) => {
        const story = isPlainId(param('id')) ? await reads.signal(param('id')) : null;
        return story ? ok(story) : notFound(`signal "${param('id')}"`);
      },
    }),
    decideRoute(deps, 'approve', 'Let a signal through that waits for approval'),
    decideRoute(deps, 'reject', 'Turn down a signal that waits for approval'),
    defineRoute({
      method: 'post',
      path: `${path}/explain`,
      role: 'viewer',
      tag,
      summary: 'What an alert would do',
      description: 'Takes the very body of an alert, JSON or text, or the message as it stands in TradingView, and trades nothing.',
      query: signals.ExplainQuery,
      rawBodySchema: AlertBody,
      answers: { 200: { description: 'The alert as understood, with sizing and risk verdict', schema: signals.Explanation } },
      handle: ({ query, rawBody, reads }) => explain(forCaller(deps, { reads }), rawBody, query),
    }),
  ];
}

function decideRoute({ submit }: ApiDeps, decision: 'approve' | 'reject', summary: string): Route {
  return defineRoute({
    method: 'post',
    path: `${path}/:id/${decision}`,
    role: 'trader',
    tag,
    summary,
    description: 'The first decision stands; who comes later is answered 409 with who decided, or that the time was up.',
    answers: { 200: { description: 'Decided', schema: signals.Decided } },
    handle: (input) => {
      const signalId = input.param('id');
      if (!isPlainId(signalId)) return Promise.resolve(notFound(`signal "${signalId}"`));
      return carryOut(submit, input, { kind: 'signal.decide', signalId, decision }, async ({ body }) => ok(body));
    },
  });
}

async function explain(deps: ApiDeps, rawBody: string, query: signals.ExplainQuery): Promise<Answer | Problem> {
  const hook = query.hook === undefined ? null : await findHook(deps.readModel, query.hook);
  if (query.hook !== undefined && !hook) return invalid([{ parameter: 'hook', code: 'HOOK_UNKNOWN', message: `No hook "${query.hook}".` }]);
  const told = await explainMessage(deps, { message: rawBody, symbol: query.symbol ?? null, hook });
  if (told.understood) return ok(told.view);
  const { code, mistakes, placeholders } = told;
  return problem(code, undefined, { mistakes, more: placeholders.length > 0 ? { placeholders } : {} });
}
