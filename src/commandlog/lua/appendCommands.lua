--[[ Appends commands in the order given, each unless it is a repeat or a conflict. All or nothing.
  A command's seq is the time in microseconds, or one more than the last where that is later: it grows even over an emptied or
  restored Redis. The entry's id is <seq>-0; its field `prev` is the id of the entry before it, so that a reader notices a hole.
  KEYS[1] stream    KEYS[2i] memory of command i's id    KEYS[2i+1] memory of its dedupe key (without one: its id's again)
  ARGV[1] channel to announce on    ARGV[2] how long an id is remembered, milliseconds
  ARGV[4i-1] id    ARGV[4i] command as JSON    ARGV[4i+1] content hash    ARGV[4i+2] life of the key, milliseconds; '' without one
  Output: {last entry id before, verdict, standing id, seq, verdict, …}, verdict: stored | duplicate | conflict; seq 0 unless stored ]]
local stream, idTtl = KEYS[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = string.format('%.0f', math.floor(now / 1000))

local function lastEntryId()
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

local last = lastEntryId()
local output = { last }
local stored = false

local function claimOf(i, ttl)
  if redis.call('EXISTS', KEYS[2 * i]) == 1 then return ARGV[4 * i - 1], nil end
  local claim = ttl ~= '' and redis.call('GET', KEYS[2 * i + 1])
  if not claim then return nil, nil end
  return string.match(claim, '^(%S+) (.*)$')
end

for i = 1, (#KEYS - 1) / 2 do
  local id, command, hash, ttl = ARGV[4 * i - 1], ARGV[4 * i], ARGV[4 * i + 1], ARGV[4 * i + 2]
  local owner, ownerHash = claimOf(i, ttl)
  local verdict, seq = 'stored', 0
  if owner then
    verdict = (ownerHash == nil or ownerHash == hash) and 'duplicate' or 'conflict'
  else
    seq = math.max(now, tonumber(string.match(last, '^%d+')) + 1)
    local entryId = string.format('%.0f-0', seq)
    redis.call('XADD', stream, entryId, 'command', command, 'at', at, 'prev', last)
    redis.call('SET', KEYS[2 * i], '', 'PX', idTtl)
    if ttl ~= '' and tonumber(ttl) > 0 then redis.call('SET', KEYS[2 * i + 1], id .. ' ' .. hash, 'PX', ttl) end
    last = entryId
    owner = id
    stored = true
  end
  output[#output + 1] = verdict
  output[#output + 1] = owner
  output[#output + 1] = seq
end

-- Stored is stored, also where this user may not publish: readers look by themselves now and then.
if stored then redis.pcall('PUBLISH', ARGV[1], '') end
return output
