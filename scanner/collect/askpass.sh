#!/bin/sh
exec cat "$SHIQU_ANSWER"
