import type { ReadModel } from '../../ledger/readModel.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { isGuid } from '../lookup.ts';
import { orderPayload } from '../orderPayload.ts';
import { pageAnswer } from '../paging.ts';
import { notFound, type Problem } from '../problem.ts';
import { type Answer, answer, type Caller, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery } from '../schemas/common.ts';
import * as orders from '../schemas/order.ts';

const tag = 'orders';
const path = '/api/v1/orders';
const cancelAnswers = { 200: { description: 'The order as it is now', schema: orders.Order } };

export function orderRoutes(deps: ApiDeps): Route[] {
  return [...readRoutes(), ...createRoutes(deps), ...changeRoutes(deps)];
}

function readRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Orders, newest first',
      query: orders.OrderQuery,
      answers: { 200: { description: 'Orders', schema: listOf(orders.Order) } },
      handle: ({ query: { limit, cursor, ...filter }, reads }) => pageAnswer(reads.orders({ limit, cursor }, filter)),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One order',
      answers: { 200: { description: 'The order', schema: orders.Order } },
      handle: ({ param, reads }) => currentOrder(reads, param('id')),
    }),
  ];
}

function createRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path,
      role: 'trader',
      tag,
      summary: 'Create an order',
      description:
        'Takes the language of alerts for one account, or for several with `"route":"best"`. `id` or the header Idempotency-Key make a repeat harmless.',
      query: NoQuery,
      rawBodySchema: orders.AlertBody,
      answers: {
        201: { description: 'The order (of several legs, the first) with its signal', schema: orders.CreatedOrder },
        200: { description: 'Carried out without a new order', schema: orders.NoOrder },
      },
      handle: (input) => createOrder(deps, input),
    }),
  ];
}

function changeRoutes(deps: ApiDeps): Route[] {
  const cancel = (input: Input<unknown, unknown>) => cancelOrder(deps, input, input.param('id'));
  return [
    defineRoute({
      method: 'put',
      path: `${path}/:id`,
      role: 'trader',
      tag,
      summary: 'Amend an open order',
      body: orders.AmendOrder,
      answers: { 200: { description: 'The order as it is now', schema: orders.Order } },
      handle: async (input) => {
        const orderId = input.param('id');
        const order = await findOrder(input.reads, orderId);
        if (!order) return notFound(`order "${orderId}"`);
        return carryOut(deps.submit, input, { kind: 'order.amend', orderId, ...input.body }, () => currentOrder(input.reads, orderId));
      },
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'trader',
      tag,
      summary: 'Cancel an order',
      answers: cancelAnswers,
      handle: cancel,
    }),
    defineRoute({
      method: 'post',
      path: `${path}/:id/cancel`,
      role: 'trader',
      tag,
      summary: 'Cancel an order',
      answers: cancelAnswers,
      handle: cancel,
    }),
    defineRoute({
      method: 'post',
      path: `${path}/:id/resolve`,
      role: 'trader',
      tag,
      summary: 'Say whether the venue has an order that is in doubt',
      description: 'After a look at the venue itself. What does not exist is given up and never sent again; what does is looked up.',
      body: orders.ResolveOrder,
      answers: { 200: { description: 'The order as it is now', schema: orders.Order } },
      handle: async (input) => {
        const orderId = input.param('id');
        if (!(await findOrder(input.reads, orderId))) return notFound(`order "${orderId}"`);
        return carryOut(deps.submit, input, { kind: 'order.resolve', orderId, ...input.body }, () => currentOrder(input.reads, orderId));
      },
    }),
  ];
}

async function createOrder(deps: ApiDeps, input: Input<unknown, unknown>): Promise<Answer | Problem> {
  const order = await orderPayload(input.reads, input.rawBody);
  if (order.kind === 'problem') return order;
  const { payload, ownKey } = order;
  return carryOut(deps.submit, input, { kind: 'order.create', payload }, ({ commandId }) => createdOrder(input.reads, commandId), ownKey);
}

/** The leader has answered, so its signal is committed: the story is the answer. */
async function createdOrder(readModel: ReadModel, commandId: string): Promise<Answer | Problem> {
  const story = await readModel.signal(commandId);
  if (!story) return notFound(`signal "${commandId}"`);
  const { id, status, code, message, orders: legs } = story;
  const signal = { id, status, code, message };
  const [first] = legs;
  return first ? answer(201, { ...first, orders: legs, signal }) : ok({ orders: [], signal });
}

async function cancelOrder(deps: ApiDeps, caller: Caller, orderId: string): Promise<Answer | Problem> {
  if (!(await findOrder(caller.reads, orderId))) return notFound(`order "${orderId}"`);
  return carryOut(deps.submit, caller, { kind: 'order.cancel', orderId }, () => currentOrder(caller.reads, orderId));
}

async function findOrder(readModel: ReadModel, orderId: string) {
  return isGuid(orderId) ? readModel.order(orderId) : null;
}

async function currentOrder(readModel: ReadModel, orderId: string): Promise<Answer | Problem> {
  const order = await findOrder(readModel, orderId);
  return order ? ok(order) : notFound(`order "${orderId}"`);
}
