--[[ Appends commands in the order given, each unless it is a repeat or a conflict. All or nothing.
  A command's seq is the time in microseconds, or one more than the last where that is later: it grows even over an emptied or
  restored Redis. The entry's id is <seq>-0; its field `prev` is the id of the entry before it, so that a reader notices a hole.
  A nonce is spent with a command that is stored, or that repeats a stored one; it is looked at before the dedupe key.
  KEYS[1] stream    KEYS[3i-1] memory of command i's id    KEYS[3i], KEYS[3i+1] of its dedupe key and nonce (without one: its id's again)
  ARGV[1] channel to announce on    ARGV[2] how long an id is remembered, milliseconds
  ARGV[5i-2] id    ARGV[5i-1] command as JSON    ARGV[5i] content hash    ARGV[5i+1], ARGV[5i+2] life of key and nonce, milliseconds; '' without one
  Output: {last entry id before, verdict, standing id, seq, verdict, …}, verdict: stored | duplicate | conflict | replayed; seq 0 unless stored ]]
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

-- A claim is '<command id> <content hash>'.
local function claimOf(key, ttl)
  local claim = ttl ~= '' and redis.call('GET', key)
  if not claim then return nil, nil end
  return string.match(claim, '^(%S+) (.*)$')
end

local function setClaim(key, owner, hash, ttl)
  if ttl ~= '' and tonumber(ttl) > 0 then redis.call('SET', key, owner .. ' ' .. hash, 'PX', ttl) end
end

for i = 1, (#KEYS - 1) / 3 do
  local idKey, dedupeKey, nonceKey = KEYS[3 * i - 1], KEYS[3 * i], KEYS[3 * i + 1]
  local id, command, hash, ttl, nonceTtl = ARGV[5 * i - 2], ARGV[5 * i - 1], ARGV[5 * i], ARGV[5 * i + 1], ARGV[5 * i + 2]
  local verdict, owner, ownerHash, seq = 'duplicate', id, nil, 0
  if redis.call('EXISTS', idKey) == 0 then
    owner = claimOf(nonceKey, nonceTtl)
    if owner then
      verdict = 'replayed'
    else
      owner, ownerHash = claimOf(dedupeKey, ttl)
      verdict = not owner and 'stored' or ownerHash == hash and 'duplicate' or 'conflict'
      owner = owner or id
    end
    if verdict == 'stored' then
      seq = math.max(now, tonumber(string.match(last, '^%d+')) + 1)
      local entryId = string.format('%.0f-0', seq)
      redis.call('XADD', stream, entryId, 'command', command, 'at', at, 'prev', last)
      redis.call('SET', idKey, '', 'PX', idTtl)
      setClaim(dedupeKey, id, hash, ttl)
      last = entryId
      stored = true
    end
    if verdict == 'stored' or verdict == 'duplicate' then setClaim(nonceKey, owner, '', nonceTtl) end
  end
  output[#output + 1] = verdict
  output[#output + 1] = owner
  output[#output + 1] = seq
end

-- Stored is stored, also where this user may not publish: readers look by themselves now and then.
if stored then redis.pcall('PUBLISH', ARGV[1], '') end
return output
