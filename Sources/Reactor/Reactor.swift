// The data plane's event loop: epoll, timers, work posted from other threads, and connections that send byte ranges and file ranges.
