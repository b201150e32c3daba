"""The chat's page, made with Gradio: only this package imports it."""

import os

# Gradio reads this when imported; otherwise each start looks up an address on the internet.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
