--[[ Counts one violation of a subject; the one that reaches the threshold bans it. Each ban in a row is twice as long.
  KEYS[1] violations (counter)    KEYS[2] bans (hash: subject → JSON, past ones too)    KEYS[3] version of the bans
  ARGV[1] subject    ARGV[2] threshold    ARGV[3] window, seconds    ARGV[4] first ban    ARGV[5] longest ban
  ARGV[6] for how long a past ban is remembered (4 to 6: milliseconds)    ARGV[7] bans kept at most    ARGV[8] address    ARGV[9] shared: 1 | 0
  Output: {violations, milliseconds left of the window, ban as JSON or '', 1 when it was just made} ]]
local subject, threshold = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HGET', KEYS[2], subject)
local past = known and cjson.decode(known)
-- Requests that were already past the ban check when the ban began add nothing to it.
if past and now < past['until'] then return {threshold, 0, known, 0} end
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  left = ARGV[3] * 1000
end
if count < threshold then return {count, left, '', 0} end
local level = 1
if past and now < past['until'] + ARGV[6] then level = past['level'] + 1 end
local length = math.min(ARGV[4] * 2 ^ math.min(level - 1, 30), tonumber(ARGV[5]))
local ban = cjson.encode({address = ARGV[8], shared = ARGV[9] == '1', since = now, ['until'] = now + length, level = level})
if not known and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) then
  -- Of a few taken by chance, the one that ends first makes room.
  local sample = redis.call('HRANDFIELD', KEYS[2], 16, 'WITHVALUES')
  local first, ends = nil, math.huge
  for i = 1, #sample, 2 do
    local other = cjson.decode(sample[i + 1])['until']
    if other < ends then first, ends = sample[i], other end
  end
  redis.call('HDEL', KEYS[2], first)
end
redis.call('HSET', KEYS[2], subject, ban)
redis.call('INCR', KEYS[3])
redis.call('DEL', KEYS[1])
return {count, left, ban, 1}
