// The editor: a dialog in which the photo is cropped and brushed, and the style cropped. page.js gives its tools.
const stylizeEditor = ({$, tell, aloud, words}) => {
  const NOTHING = {crop: null, style_crop: null, use: "not"}, WHOLE = [0, 0, 1, 1];
  const before = {};  // crops and strokes of the photos and styles that were chosen before, by their address
  const expected = {};  // by slot: the address of a picture that is still to come, with a crop of its own
  let opened = {};  // what there was when the dialog was opened
  let drawn = {...NOTHING}, strokes = null, said = "", sources = {}, slot = "content", tool = "crop", ratio = 0, undo = [];
  let spot = null;  // [x, y] in [0, 1]: the brush, when it is moved by the arrow keys
  const dialog = () => $("#editor dialog"), canvas = () => $("#editor canvas");
  const KEYS = {content: "crop", style: "style_crop"}, key = () => KEYS[slot];
  const picture = (name = slot) => $(`#${name} img`);
  const sheet = (width, height) => Object.assign(document.createElement("canvas"), {width, height});
  const copy = from => { const to = sheet(from.width, from.height); to.getContext("2d").drawImage(from, 0, 0); return to; };
  // ---- what the server gets, and what it brings back with a painting of before
  function say() {
    const png = strokes ? strokes.toDataURL("image/png").split(",")[1] : "";
    const any = drawn.crop || drawn.style_crop || png;
    tell("region", said = any ? JSON.stringify({...drawn, strokes: png}) : "");
    badges();
  }
  function take(text) {
    const {strokes: png, ...rest} = JSON.parse(text || "{}"), image = new Image();
    said = text;
    drawn = {...NOTHING, ...rest};
    strokes = null;
    image.onload = () => {
      if (said !== text) return;
      strokes = copy(image);
      draw();
      badges();
    };
    if (png) image.src = "data:image/png;base64," + png;
  }
  const marked = name => name === "style" ? drawn.style_crop : drawn.crop || strokes;
  function badges() {  // on the buttons, and on the small pictures
    for (const button of document.querySelectorAll("[data-do=edit]")) {
      const {which} = button.dataset, active = !!marked(which);
      button.classList.toggle("active", active);
      Object.assign(button, {ariaDescription: active ? words().edited : "", disabled: !picture(which)});
    }
    $("#second .fold")?.classList.toggle("active", !!$("#second_style img"));
    for (const name of ["content", "style"]) {
      const image = picture(name);
      let mark = $(`#${name} canvas.mark`);
      if (!image?.naturalWidth || !mark && !marked(name)) continue;
      mark ||= image.parentElement.appendChild(Object.assign(sheet(1, 1), {className: "mark"}));
      Object.assign(mark, {width: 300, height: Math.max(1, Math.round(300 * image.naturalHeight / image.naturalWidth))});
      cover(mark.getContext("2d"), name);
    }
  }
  function refresh() {  // another picture has no crop, unless one comes with it, or it had one when it was here before
    const given = $("#region textarea")?.value ?? said;
    if (given !== said) take(given);
    for (const name of ["content", "style"]) {
      const source = decodeURI(picture(name)?.src || ""), last = sources[name], own = expected[name];
      if (own && !source.endsWith(decodeURI(own))) continue;
      sources[name] = source;
      expected[name] = "";
      if (own || last === undefined || source === last) continue;
      const file = source.split("/").pop(), label = $(`html.there #${name} > label`)?.innerText.trim();
      if (file && label && !$(`[data-file="${CSS.escape(file)}"]`))  // a card says its own name
        setTimeout(() => sources[name] === source && aloud(`${label}: ${file}`), 1500);  // once the server took it
      before[name + last] = marked(name) && {crop: drawn[KEYS[name]], strokes};
      const {crop = null, strokes: brushed = null} = before[name + source] || {};
      drawn[KEYS[name]] = crop;
      if (name === "content") strokes = brushed;
      if (said || crop || brushed) say();
    }
    badges();
  }
  // ---- drawing
  function open(which) {
    if (!picture(which)) return;
    slot = which;
    choose("crop");
    press("ratio", String(ratio = 0));
    undo = [];
    opened = {drawn: {...drawn}, strokes: strokes && copy(strokes)};
    dialog().dataset.slot = which;
    const image = picture(), side = 900 / Math.max(image.naturalWidth, image.naturalHeight);
    canvas().width = Math.max(1, Math.round(image.naturalWidth * side));
    canvas().height = Math.max(1, Math.round(image.naturalHeight * side));
    for (const radio of dialog().querySelectorAll("[name=use]")) radio.checked = radio.value === drawn.use;
    aloud("", "#editor [role=status]");
    dialog().showModal();
    draw();
    canvas().focus();
  }
  function cancel() {
    ({drawn, strokes} = opened);
    say();
    dialog().close();
  }
  function cover(pen, name) {  // the strokes, and a shade around the crop, whose sides it returns
    const {width, height} = pen.canvas;
    pen.globalAlpha = 0.6;
    if (strokes && name === "content") pen.drawImage(strokes, 0, 0, width, height);
    pen.globalAlpha = 1;
    const [left, top, right, bottom] = (drawn[KEYS[name]] || WHOLE).map((v, n) => v * (n % 2 ? height : width));
    pen.fillStyle = "rgba(0, 0, 0, .6)";
    pen.beginPath();
    pen.rect(left, top, right - left, bottom - top);
    pen.rect(0, 0, width, height);
    pen.fill("evenodd");
    return [left, top, right, bottom];
  }
  let pictured = {};
  function photo() {  // address and ratio of the photo as cropped, for the stage; null where there is none
    const image = picture("content"), key = image?.src + drawn.crop;
    if (!image?.naturalWidth) return null;
    if (pictured.key === key) return pictured;
    const {naturalWidth: width, naturalHeight: height} = image, [left, top, right, bottom] = drawn.crop || WHOLE;
    pictured = {key, url: image.src, ratio: height * (bottom - top) / (width * (right - left))};
    if (!drawn.crop) return pictured;
    const k = Math.min(1, 1200 / Math.max(width, height)), part = sheet(k * width * (right - left), k * height * (bottom - top));
    part.getContext("2d").drawImage(image, -left * k * width, -top * k * height, k * width, k * height);
    pictured.url = part.toDataURL("image/jpeg");
    return pictured;
  }
  function draw() {
    const pen = canvas()?.getContext("2d"), image = picture();
    if (!pen || !image || !dialog().open) return;
    const {width, height} = canvas();
    $("#editor [data-do=undo]").ariaDisabled = String(!undo.length);
    pen.clearRect(0, 0, width, height);
    pen.drawImage(image, 0, 0, width, height);
    const [left, top, right, bottom] = cover(pen, slot);
    Object.assign(pen, {strokeStyle: "white", lineWidth: 3});
    if (tool === "brush" && spot) {
      pen.beginPath();
      pen.arc(spot[0] * width, spot[1] * height, $("#editor .width input").value / 200 * Math.max(width, height), 0, 7);
      pen.stroke();
    }
    if (tool === "brush") return;
    const px = width / canvas().clientWidth, arm = 22 * px, inset = 7 * px;  // the marks of the corners lie inside
    pen.lineWidth = px;
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.beginPath();
    for (const [x, dx] of [[left + inset, arm], [right - inset, -arm]])
      for (const [y, dy] of [[top + inset, arm], [bottom - inset, -arm]])
        [[x + dx, y], [x, y], [x, y + dy]].forEach(([u, v], n) => n ? pen.lineTo(u, v) : pen.moveTo(u, v));
    for (const [color, thick] of [["rgba(0, 0, 0, .6)", 12], ["white", 8]]) {  // seen on any photo
      Object.assign(pen, {strokeStyle: color, lineWidth: thick * px});
      pen.stroke();
    }
  }
  function stroke(from, to) {
    strokes ||= sheet(384, Math.max(1, Math.round(384 * canvas().height / canvas().width)));
    const pen = strokes.getContext("2d"), {width, height} = strokes;
    const size = +$("#editor .width input").value / 100 * Math.max(width, height);
    Object.assign(pen, {lineWidth: size, lineCap: "round", strokeStyle: "#ff5a30"});
    pen.beginPath();
    pen.moveTo(from[0] * width, from[1] * height);
    pen.lineTo(to[0] * width + 0.1, to[1] * height);
    pen.stroke();
  }
  function update() {
    const [left, top, right, bottom] = drawn[key()] || WHOLE;
    if (left + top < 0.005 && right + bottom > 1.995) drawn[key()] = null;  // all of it is no crop
    draw();
    say();
  }
  const limit = value => Math.max(0, Math.min(1, value));
  function shaped([x, y], [u, v]) {  // a crop from a fixed corner to a moving one, in the chosen ratio
    if (ratio) {
      const k = canvas().width / canvas().height / ratio;  // height of a full-width crop, as a part of the picture's
      const w = Math.min(Math.max(Math.abs(u - x), Math.abs(v - y) / k), u < x ? x : 1 - x, (v < y ? y : 1 - y) / k);
      u = x + Math.sign(u - x || 1) * w;
      v = y + Math.sign(v - y || 1) * w * k;
    }
    return [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)];
  }
  function remember() {
    undo.push({crop: drawn[key()], strokes: strokes && copy(strokes)});
    if (undo.length > 30) undo.shift();
  }
  function press(kind, value) {
    for (const button of dialog().querySelectorAll(`[data-do=${kind}]`)) button.ariaPressed = String(button.dataset.which === value);
  }
  function choose(name) {
    tool = name;
    dialog().dataset.tool = name;
    press("tool", name);
    canvas().setAttribute("aria-describedby", `about_${name}`);
    draw();
  }
  function shape(value) {  // the largest crop of a ratio, in the middle
    ratio = +value;
    press("ratio", value);
    if (!ratio) return;
    remember();
    const k = canvas().width / canvas().height / ratio, w = Math.min(1, 1 / k) / 2, h = Math.min(1, k) / 2;
    drawn[key()] = [0.5 - w, 0.5 - h, 0.5 + w, 0.5 + h];
    update();
  }
  function put(before) {
    if (!before) return;
    drawn[key()] = before.crop;
    if (slot === "content") strokes = before.strokes;
    update();
  }
  function clear() {
    remember();
    put({crop: null, strokes: null});
  }
  function tellPlace(text, parts) {  // in the dialog: what is behind it is not read
    aloud(text.replace(/#(\d)/g, (_, n) => Math.round(100 * parts[n - 1])), "#editor [role=status]");
  }
  function dab(event, x, y) {  // the arrow keys move the brush, Space and Enter mark; with Shift it marks as it moves
    event.preventDefault();
    const from = spot || [0.5, 0.5], marks = event.shiftKey || !(x || y);
    spot = [limit(from[0] + x), limit(from[1] + y)];
    if (marks) { remember(); stroke(from, spot); }
    update();
    tellPlace(words()[marks ? "brushed_at" : "brush_at"], spot);
  }
  function nudge(event) {
    const crop = drawn[key()] || WHOLE, d = 0.02;
    const [x, y] = {ArrowLeft: [-d, 0], ArrowRight: [d, 0], ArrowUp: [0, -d], ArrowDown: [0, d]}[event.key] || [0, 0];
    if (tool === "brush") return x || y || [" ", "Enter"].includes(event.key) ? dab(event, x, y) : undefined;
    if (event.key === " ") event.preventDefault();  // it would scroll the page behind
    const grow = {"+": d / 2, "=": d / 2, "-": -d / 2}[event.key] || 0, still = event.shiftKey ? 0 : 1;
    if (!x && !y && !grow) return;
    event.preventDefault();
    const moved = [crop[0] + still * x - grow, crop[1] + still * y - grow, crop[2] + x + grow, crop[3] + y + grow];
    const there = grow || moved.every(value => value > -0.001 && value < 1.001);
    if (there && moved[2] - moved[0] > 0.1 && moved[3] - moved[1] > 0.1) drawn[key()] = moved.map(limit);
    update();
    const [left, top, right, bottom] = drawn[key()] || WHOLE;
    tellPlace(words().crop_at, [left, top, right - left, bottom - top]);
  }
  function listen() {
    let from = null, anchor = null, moving = null;
    const at = event => {
      const box = canvas().getBoundingClientRect();
      return [limit((event.clientX - box.left) / box.width), limit((event.clientY - box.top) / box.height)];
    };
    document.addEventListener("pointerdown", event => {
      if (!event.target.closest?.("#editor canvas")) return;
      event.preventDefault();
      canvas().focus();
      canvas().setPointerCapture(event.pointerId);
      remember();
      from = anchor = at(event);
      moving = spot = null;
      if (tool === "brush" && slot === "content") return stroke(from, from), draw();
      const crop = drawn[key()] || WHOLE;
      const near = [0, 1].map(n => Math.abs(from[n] - crop[n]) < Math.abs(from[n] - crop[n + 2]) ? n : n + 2);
      const reach = [canvas().clientWidth, canvas().clientHeight].map(side => Math.max(0.05, 30 / side));  // a finger's
      if (near.every((side, n) => Math.abs(from[n] - crop[side]) < reach[n]))  // a corner: the opposite one stays
        anchor = near.map(side => crop[(side + 2) % 4]);
      else if (crop !== WHOLE && from[0] > crop[0] && from[0] < crop[2] && from[1] > crop[1] && from[1] < crop[3]) moving = crop;
    });
    document.addEventListener("pointermove", event => {
      if (!from) return;
      const to = at(event);
      if (tool === "brush" && slot === "content") { stroke(from, to); from = to; }
      else if (moving) {
        const dx = Math.max(-moving[0], Math.min(1 - moving[2], to[0] - from[0]));
        const dy = Math.max(-moving[1], Math.min(1 - moving[3], to[1] - from[1]));
        drawn[key()] = [moving[0] + dx, moving[1] + dy, moving[2] + dx, moving[3] + dy];
      } else drawn[key()] = shaped(anchor, to);
      draw();
    });
    document.addEventListener("pointerup", () => {
      if (!from) return;
      from = null;
      const [left, top, right, bottom] = drawn[key()] || [0, 0, 1, 1];
      if (right - left < 0.03 || bottom - top < 0.03) drawn[key()] = null;
      update();
    });
    document.addEventListener("keydown", event => event.target.closest?.("#editor canvas") && nudge(event));
    document.addEventListener("cancel", event => event.target === dialog() && cancel(), true);  // the Esc key
    document.addEventListener("change", event => {
      if (!event.target.matches?.("#editor [name=use]")) return;
      drawn.use = event.target.value;
      say();
    });
  }
  return {listen, refresh, photo, expect: (name, address) => { expected[name] = address; }, buttons: {edit: open, cancel, tool: choose, ratio: shape, undo: () => put(undo.pop()), clear}};
};
