"""A headless Chromium, driven over its DevTools pipe: no port, no package."""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none", "--remote-debugging-pipe",
]


class Browser:
    """One process and its messages: NUL-terminated JSON, commands on its descriptor 3, answers on 4."""

    def __init__(self, program="chromium"):
        self.profile = tempfile.mkdtemp(prefix="tidemark-browser-")
        commands, answers = os.pipe(), os.pipe()
        # Above 3 and 4, so that neither is overwritten before it is moved there.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (commands[0], answers[1])]

        def move():
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, "--user-data-dir=" + self.profile, "about:blank"], preexec_fn=move, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (commands[0], answers[1], *theirs):
            os.close(end)
        self.out, self.inward = commands[1], answers[0]
        self.buffer, self.events, self.answers, self.count = b"", [], {}, 0

    def close(self):
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def pump(self, seconds):
        """Reads what has come, waiting for at most `seconds`."""
        if not select.select([self.inward], [], [], seconds)[0]:
            return
        read = os.read(self.inward, 1 << 20)
        if not read:
            raise RuntimeError("the browser is gone")
        self.buffer += read
        *whole, self.buffer = self.buffer.split(b"\0")
        for message in map(json.loads, whole):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def call(self, method, parameters=None, session=None, seconds=30):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        end = time.monotonic() + seconds
        while self.count not in self.answers:
            if time.monotonic() > end:
                raise RuntimeError(f"{method}: no answer in {seconds} s")
            self.pump(0.2)
        answer = self.answers.pop(self.count)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def page(self):
        return Page(self)


class Page:
    def __init__(self, browser):
        self.browser = browser
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def call(self, method, parameters=None, seconds=30):
        return self.browser.call(method, parameters, self.session, seconds)

    def close(self):
        self.browser.call("Target.closeTarget", {"targetId": self.target})

    def look(self, width, height, dark=False, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone})
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, path, seconds=30):
        self.call("Page.navigate", {"url": "file://" + os.path.abspath(path)})
        self.drawn(seconds)

    def drawn(self, seconds=30):
        """Waits until every plot was drawn."""
        end = time.monotonic() + seconds
        while not self.run("document.documentElement?.dataset.drawn !== undefined && document.readyState === 'complete'"):
            if time.monotonic() > end:
                raise RuntimeError("the plots were not drawn")
            self.browser.pump(0.05)

    def run(self, script):
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script[:80]}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def picture(self, path, whole=True, selector=None):
        parameters = {"format": "png", "captureBeyondViewport": whole}
        if selector:
            box = self.run(f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); return [b.x + scrollX, b.y + scrollY, b.width, b.height]; }})()")
            parameters["clip"] = dict(zip(("x", "y", "width", "height"), box), scale=1)
        elif whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", parameters, 60)["data"]))

    def paper(self):
        return base64.b64decode(self.call("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True}, 60)["data"])

    def complaints(self):
        """What the page had to complain about since it was opened: errors, warnings, and addresses it asked for."""
        self.browser.pump(0.2)
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, what = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(what["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
                found.append(f"console.{what['type']}: {what['args'][0].get('value', what['args'][0].get('description'))}")
            elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
                found.append(f"{what['entry']['source']}: {what['entry']['text']}")
            elif method == "Network.requestWillBeSent" and not what["request"]["url"].startswith(("file://", "data:", "blob:", "about:")):
                found.append("asked for " + what["request"]["url"])
            elif method == "Page.javascriptDialogOpening":
                found.append("a dialog: " + what["message"])
        return found
