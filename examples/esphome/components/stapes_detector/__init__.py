# SPDX-License-Identifier: Apache-2.0
"""Detections of an exported model as an ESPHome automation (docs/guides/deploying.md)."""

import esphome.codegen as cg
import esphome.config_validation as cv
from esphome import automation
from esphome.components import esp32, microphone
from esphome.const import CONF_ID, CONF_MICROPHONE
from esphome.core import CORE

DEPENDENCIES = ["microphone", "esp32"]

CONF_MODEL = "model"  # folder of `stapes export --package esp-idf --name kws`
CONF_ON_DETECTION = "on_detection"

StapesDetector = cg.esphome_ns.namespace("stapes_detector").class_("StapesDetector", cg.Component)

CONFIG_SCHEMA = cv.Schema(
    {
        cv.GenerateID(): cv.declare_id(StapesDetector),
        cv.Required(CONF_MODEL): cv.directory,
        cv.Required(CONF_MICROPHONE): microphone.microphone_source_schema(),
        cv.Optional(CONF_ON_DETECTION): automation.validate_automation(single=True),
    }
).extend(cv.COMPONENT_SCHEMA)


async def to_code(config):
    esp32.add_idf_component(name="kws", path=str(CORE.relative_config_path(config[CONF_MODEL])))
    source = await microphone.microphone_source_to_code(config[CONF_MICROPHONE])
    var = cg.new_Pvariable(config[CONF_ID], source)
    await cg.register_component(var, config)
    if CONF_ON_DETECTION in config:
        await automation.build_automation(
            var.get_detection_trigger(),
            [(cg.std_string, "label"), (cg.float_, "score")],
            config[CONF_ON_DETECTION],
        )
