-- Requests for wrk: URLs by Zipf's law, sets of browser-like fields, a share of URLs that nobody asked for before.
-- HITS_URLS, HITS_HEADS, HITS_MISS_PERCENT, HITS_SEED, HITS_HOST, HITS_IN_TURN in the environment.
local urls = tonumber(os.getenv("HITS_URLS"))
local sets = tonumber(os.getenv("HITS_HEADS"))
local missPercent = tonumber(os.getenv("HITS_MISS_PERCENT"))
local seed = tonumber(os.getenv("HITS_SEED"))
local host = os.getenv("HITS_HOST")
-- Each URL in turn, to have all of them stored.
local inTurn = os.getenv("HITS_IN_TURN") == "yes"
local exponent = 0.9
local drawn = 200000

local agents = {
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
}
local languages = { "en-US,en;q=0.5", "de-DE,de;q=0.9,en;q=0.8", "fr,en;q=0.7", "ja", "pt-BR,pt;q=0.9" }

local heads, draws, at, misses = {}, {}, 0, 0

function init()
  math.randomseed(seed)
  for set = 1, sets do
    heads[set] = " HTTP/1.1\r\nHost: " .. host .. "\r\nUser-Agent: " .. agents[set % #agents + 1]
      .. "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
      .. "\r\nAccept-Language: " .. languages[set % #languages + 1] .. "\r\nAccept-Encoding: gzip, deflate, br, zstd"
      .. "\r\nReferer: https://" .. host .. "/page/" .. set .. "\r\nCookie: _ga=GA1.2." .. set .. "; session=0123456789abcdef"
      .. "\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n\r\n"
  end
  local sum, sums = 0, {}
  for rank = 1, urls do
    sum = sum + rank ^ -exponent
    sums[rank] = sum
  end
  for draw = 1, drawn do
    local wanted, low, high = math.random() * sum, 1, urls
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] < wanted then low = middle + 1 else high = middle end
    end
    draws[draw] = math.random(100) <= missPercent and 0 or low
  end
end

function request()
  at = at % drawn + 1
  local url = inTurn and (at - 1) % urls + 1 or draws[at]
  local head = heads[at * 7 % sets + 1]
  if url == 0 then
    misses = misses + 1
    return "GET /miss/" .. seed .. "-" .. misses .. head
  end
  return "GET /m/" .. url .. head
end
