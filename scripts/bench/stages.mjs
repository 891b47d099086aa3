const STAGES = ['answer', 'append', 'queue', 'plan', 'intent', 'venue', 'outcome'];

/** What an order's stages took on average between two looks at /metrics, milliseconds. */
export function stageCosts(before, after) {
  return STAGES.map((stage) => {
    const grown = (what) => {
      const name = `signalman_stage_seconds_${what}{stage="${stage}"}`;
      return (after.get(name) ?? 0) - (before.get(name) ?? 0);
    };
    return { stage, count: grown('count'), meanMs: (grown('sum') * 1000) / grown('count') };
  });
}
