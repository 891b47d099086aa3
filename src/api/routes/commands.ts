import { isPlainId } from '../lookup.ts';
import { notFound } from '../problem.ts';
import { answer, defineRoute, ok, type Route } from '../route.ts';
import { CommandAnswer } from '../schemas/system.ts';

export function commandRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/commands/:id',
      role: 'trader',
      tag: 'commands',
      summary: 'The answer to a command that was not answered in time',
      description: 'A command nobody has answered is pending; an id that never was, or is somebody else’s, looks the same.',
      answers: {
        200: { description: 'Answered', schema: CommandAnswer },
        202: { description: 'Not answered yet', schema: CommandAnswer },
      },
      handle: async ({ param, reads }) => {
        const id = param('id');
        if (!isPlainId(id)) return notFound(`command "${id}"`);
        const reply = await reads.reply(id);
        return reply ? ok({ id, status: 'done', reply }) : answer(202, { id, status: 'pending' });
      },
    }),
  ];
}
