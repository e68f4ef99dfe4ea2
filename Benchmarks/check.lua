-- For wrk: visitors who are signed in ask for one page in turn, each with the cookie of a session of his own.
--
-- usage: wrk … -s check.lua URL -- ACCOUNTS PAUSE
--   ACCOUNTS  lines of a username, a tab, and a session's token
--   PAUSE     milliseconds at most between two requests of a connection; 0 for none
-- Prints one line: result, requests, seconds, latencies in microseconds (mean, p50, p99), and what went wrong:
-- connections, reads, writes, statuses of 400 and more, requests that got no answer in time.

local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local heads, count, position = {}, 0, 0

function init(arguments)
    for line in io.lines(arguments[1]) do
        count = count + 1
        heads[count] = line:match("\t(.*)")
    end
    local pause = tonumber(arguments[2])
    if pause > 0 then
        math.randomseed(number + 1)
        function delay() return math.random(0, pause) end
    end
    -- Each thread begins somewhere else.
    position = number * math.floor(count / 2)
    before = "GET " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nCookie: __Host-sid="
end

function request()
    position = position % count + 1
    return before .. heads[position] .. "\r\n\r\n"
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format("result %d %.3f %.0f %.0f %.0f %d %d %d %d %d", summary.requests, summary.duration / 1e6,
        latency.mean, latency:percentile(50), latency:percentile(99), errors.connect, errors.read, errors.write,
        errors.status, errors.timeout))
end
