// The signing pages work without this. With it one can draw a signature, print, and leave without a way back.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  const leave = byId("leave");
  if (leave) {
    leave.addEventListener("click", (event) => {
      event.preventDefault();
      document.documentElement.hidden = true;
      location.replace(leave.href);
    });
  }

  const print = byId("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  const errors = byId("errors");
  if (errors) {
    errors.focus();
  }

  const pad = byId("pad");
  const field = document.querySelector("input[name=strokes]");
  if (!pad || !field) {
    return;
  }
  byId("draw").hidden = false;
  const pen = pad.getContext("2d");
  const mostPoints = 4000;
  const mostStrokes = 100;
  let strokes = [];
  try {
    strokes = JSON.parse(field.value || "[]");
  } catch {
    strokes = [];
  }
  let points = strokes.reduce((sum, stroke) => sum + stroke.length, 0);

  const draw = () => {
    pen.clearRect(0, 0, pad.width, pad.height);
    pen.lineWidth = 6;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#111";
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], number) => (number ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      if (stroke.length === 1) {
        pen.lineTo(stroke[0][0], stroke[0][1]);
      }
      pen.stroke();
    }
  };
  const keep = () => {
    field.value = strokes.length ? JSON.stringify(strokes) : "";
    draw();
  };
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    const within = (part, most) => Math.min(most, Math.max(0, Math.round(part * most)));
    return [
      within((event.clientX - box.left) / box.width, pad.width),
      within((event.clientY - box.top) / box.height, pad.height),
    ];
  };

  let drawing = null;
  pad.addEventListener("pointerdown", (event) => {
    if (drawing !== null || strokes.length >= mostStrokes || points >= mostPoints) {
      return;
    }
    event.preventDefault();
    drawing = event.pointerId;
    pad.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
    points += 1;
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (drawing !== event.pointerId || points >= mostPoints) {
      return;
    }
    const stroke = strokes[strokes.length - 1];
    const [x, y] = place(event);
    const [lastX, lastY] = stroke[stroke.length - 1];
    if (Math.abs(x - lastX) + Math.abs(y - lastY) < 4) {
      return;
    }
    stroke.push([x, y]);
    points += 1;
    draw();
  });
  const lift = (event) => {
    if (drawing === event.pointerId) {
      drawing = null;
      keep();
    }
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  byId("clear").addEventListener("click", () => {
    strokes = [];
    points = 0;
    keep();
  });
  draw();
})();
