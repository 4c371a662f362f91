// The photo on a canvas: a frame that crops it, a brush for a part of it. page.js gives its $ and tell.
const stylizeRegion = ($, tell) => ({
  tool: "crop", crop: null, strokes: null, source: "", said: "",
  get canvas() { return $("#canvas canvas"); },
  refresh() {
    const photo = $("#content img"), canvas = this.canvas, source = photo?.src || "";
    const given = $("#region textarea, #region input")?.value ?? this.said;
    const changed = source !== this.source, brought = photo && given !== this.said;  // with a painting of before
    canvas?.setAttribute("aria-label", $("#where_help")?.innerText || "");
    if (!changed && !brought && (!canvas || canvas.dataset.ready)) return;
    if (photo && !photo.complete) return void photo.addEventListener("load", () => this.refresh(), {once: true});
    this.source = source;
    if (brought) this.take(given);
    else if (changed) { this.crop = this.strokes = null; this.say(); }
    if (!canvas) return;  // it is folded away, and was never opened
    canvas.dataset.ready = "yes";
    const side = 384 / Math.max(photo?.naturalWidth || 4, photo?.naturalHeight || 3);
    canvas.width = Math.max(1, Math.round((photo?.naturalWidth || 4) * side));
    canvas.height = Math.max(1, Math.round((photo?.naturalHeight || 3) * side));
    this.draw();
  },
  take(text) {
    const {crop, strokes} = JSON.parse(text || "{}"), image = new Image();
    Object.assign(this, {said: text, crop: crop || null, strokes: null});
    image.onload = () => {
      if (this.said !== text) return;
      this.strokes = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
      this.strokes.getContext("2d").drawImage(image, 0, 0);
      this.draw();
    };
    if (strokes) image.src = "data:image/png;base64," + strokes;
  },
  choose(tool) {
    if (tool === "clear") { this.crop = this.strokes = null; this.say(); } else this.tool = tool;
    for (const name of ["crop", "brush"]) $(`#tool_${name}`)?.setAttribute("aria-pressed", String(name === this.tool));
    this.draw();
  },
  draw() {
    const canvas = this.canvas, pen = canvas?.getContext("2d"), photo = $("#content img");
    if (!pen) return;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (photo) pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
    pen.globalAlpha = 0.6;
    if (this.strokes) pen.drawImage(this.strokes, 0, 0);
    pen.globalAlpha = 1;
    if (!this.crop) return;
    const [left, top, right, bottom] = this.crop.map((v, n) => v * (n % 2 ? canvas.height : canvas.width));
    Object.assign(pen, {fillStyle: "rgba(0, 0, 0, .55)", strokeStyle: "white"});
    pen.beginPath();
    pen.rect(left, top, right - left, bottom - top);
    pen.stroke();
    pen.rect(0, 0, canvas.width, canvas.height);
    pen.fill("evenodd");
  },
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const part = (value, low, size) => Math.max(0, Math.min(1, (value - low) / size));
    return [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
  },
  drag(from, to) {
    if (this.tool === "crop") {
      const box = [0, 1].map(n => [Math.min(from[n], to[n]), Math.max(from[n], to[n])]);
      this.crop = [box[0][0], box[1][0], box[0][1], box[1][1]];
    } else {
      this.strokes ||= Object.assign(document.createElement("canvas"), {
        width: this.canvas.width, height: this.canvas.height});
      const pen = this.strokes.getContext("2d"), {width, height} = this.strokes;
      Object.assign(pen, {lineWidth: width / 12, lineCap: "round", strokeStyle: "#e76f51"});
      pen.beginPath();
      pen.moveTo(from[0] * width, from[1] * height);
      pen.lineTo(to[0] * width + 0.1, to[1] * height);
      pen.stroke();
    }
    this.draw();
  },
  say() {
    const [left, top, right, bottom] = this.crop || [0, 0, 1, 1];
    if (right - left < 0.03 || bottom - top < 0.03) { this.crop = null; this.draw(); }
    const strokes = this.strokes ? this.strokes.toDataURL("image/png").split(",")[1] : "";
    tell("region", this.said = this.crop || strokes ? JSON.stringify({crop: this.crop, strokes}) : "");
  },
  listen() {
    let from = null;
    document.addEventListener("pointerdown", event => {
      if (!event.target.closest?.("#canvas") || !this.source) return;
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      from = this.at(event);
      if (this.tool === "brush") this.drag(from, from);
    });
    document.addEventListener("pointermove", event => {
      if (!from) return;
      const to = this.at(event);
      this.drag(from, to);
      if (this.tool === "brush") from = to;
    });
    document.addEventListener("pointerup", () => { if (from) { from = null; this.say(); } });
  },
});
