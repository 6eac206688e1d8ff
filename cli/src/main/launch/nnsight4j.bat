@echo off
rem Starts the nnsight4j command with the Java of JAVA_HOME or of the PATH.
rem NNSIGHT4J_OPTS holds options for Java, for example -Xmx8g.
setlocal
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
rem A class archive that the build made for its Java; another Java silently ignores it.
set "ARCHIVE=%~dp0..\lib\nnsight4j.jsa"
set "SHARED="
if exist "%ARCHIVE%" set SHARED="-XX:SharedArchiveFile=%ARCHIVE%" -Xlog:disable -Xlog:all=error:stderr
"%JAVA%" --enable-native-access=ALL-UNNAMED %SHARED% %NNSIGHT4J_OPTS% -cp "%~dp0..\lib\*" org.nnsight4j.cli.Main %*
exit /b %ERRORLEVEL%
