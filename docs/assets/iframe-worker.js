// How does the search of these pages work when they are opened from disk? A browser starts no worker for a file: the
// program of the search runs in a hidden frame instead, and hears and says the same. Pages of a server do not need it.
if (location.protocol === "file:") {
  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const room = frame.contentWindow;
      room.document.open();
      room.document.write("<body></body>");
      room.document.close();
      room.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = room.document.createElement("script");
      script.src = url;
      script.onload = () => {
        this.room = room;
        this.waiting.splice(0).forEach((data) => this.postMessage(data));
      };
      room.document.body.append(script);
    }

    postMessage(data) {
      if (this.room) this.room.dispatchEvent(new this.room.MessageEvent("message", { data }));
      else this.waiting.push(data);
    }
  }
  window.IFrameWorker = window.Worker = IFrameWorker;
}
